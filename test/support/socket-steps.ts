/** The second thing at the wrong moment: a connection that follows a list of steps, each waited for by what happens and not by a time. */
import { connect } from 'node:net';

/** One step on a connection. */
export type SocketStep =
  /** Writes bytes. */
  | { readonly send: string | Uint8Array }
  /** Waits until what came from the other side, all of it, has this. */
  | { readonly until: RegExp }
  /** Waits until the other side ends the connection. */
  | { readonly untilClosed: true }
  /** Waits for something elsewhere. */
  | { readonly wait: () => Promise<unknown> }
  /** Says that nothing more follows. */
  | { readonly end: true }
  /** Breaks the connection off. */
  | { readonly breakOff: true };

/** What came of a connection. */
export interface SocketEnd {
  /** All that the other side sent, a byte a character. */
  readonly text: string;
  /** Whether the other side ended the connection. */
  readonly isClosed: boolean;
}

const PATIENCE_MS = 60_000;

/**
 * Opens a connection and takes steps on it; closed at the end.
 *
 * @throws {Error} naming the step that did not come to pass.
 */
export async function takeSteps(url: string, steps: readonly SocketStep[]): Promise<SocketEnd> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  let isClosed = false;
  let look = (): void => undefined;
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    look();
  });
  // What breaks shows as a connection that is closed.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    isClosed = true;
    look();
  });
  const until = (isThere: () => boolean, what: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const fail = (why: string): void =>
        reject(new Error(`${what}: ${why}; there came ${JSON.stringify(text)}`));
      const timer = setTimeout(() => fail('it did not come to pass'), PATIENCE_MS);
      look = () => {
        if (!isThere() && !isClosed) return;
        clearTimeout(timer);
        look = () => undefined;
        if (isThere()) resolve();
        else fail('the connection was closed');
      };
      look();
    });
  try {
    for (const [i, step] of steps.entries()) {
      if ('send' in step) socket.write(step.send);
      else if ('until' in step) await until(() => step.until.test(text), `step ${i}, ${String(step.until)}`);
      else if ('untilClosed' in step) await until(() => isClosed, `step ${i}, the end of the connection`);
      else if ('wait' in step) await step.wait();
      else if ('end' in step) socket.end();
      else socket.destroy();
    }
    return { text, isClosed };
  } finally {
    socket.destroy();
  }
}

/** The head of a request, with a line for each header. */
export function headOf(method: string, path: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ Host: 'test', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
