/**
 * Writes data to standard output and waits until it has taken it.
 *
 * @throws {Error} the system's error, with standard output as its `path`, if it was closed or its disk is full.
 */
export function writeData(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(nameOutput(error)) : resolve()));
  });
}

/** Writes one JSON value as a line to standard output. */
export async function writeJson(value: unknown): Promise<void> {
  await writeData(`${JSON.stringify(value)}\n`);
}

/** Writes one line for people to standard error. */
export function say(line: string): void {
  process.stderr.write(`${oneLine(line)}\n`);
}

/** Returns `text` with its control characters replaced: a file's name may hold a line break. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, '\uFFFD');
}

/** Adds to an error what could not be written. */
export function nameOutput(error: Error): Error {
  return Object.assign(error, { path: 'standard output' });
}
