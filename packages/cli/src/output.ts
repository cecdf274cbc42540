import { once } from 'node:events';

/**
 * Writes data to standard output and waits until it has taken it.
 *
 * @throws {Error} `EPIPE` if nobody reads any more.
 */
export async function writeData(text: string): Promise<void> {
  if (process.stdout.destroyed) throw closedPipe();
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Writes one line for people to standard error. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Writes one JSON value as a line to standard output. */
export async function writeJson(value: unknown): Promise<void> {
  await writeData(`${JSON.stringify(value)}\n`);
}

function closedPipe(): Error {
  return Object.assign(new Error('standard output was closed'), { code: 'EPIPE', syscall: 'write' });
}
