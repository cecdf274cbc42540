/** Connections on which tests write bytes as they like. */
import { connect } from 'node:net';

/** What a server wrote on a connection, and whether it closed it. */
export interface RawAnswer {
  readonly text: string;
  readonly isClosed: boolean;
}

/**
 * Writes bytes on a new connection, and reads until the server closes it or some time is over.
 *
 * @param url  of the server.
 * @param ends whether this side says that nothing more follows.
 */
export function exchange(
  url: string,
  bytes: string | Uint8Array,
  { ends = false, timeMs = 300 }: { readonly ends?: boolean; readonly timeMs?: number } = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname);
    const finish = (isClosed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, isClosed });
    };
    const timer = setTimeout(() => finish(false), timeMs);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => finish(true));
    socket.on('close', () => finish(true));
    socket.write(bytes);
    if (ends) socket.end();
  });
}
