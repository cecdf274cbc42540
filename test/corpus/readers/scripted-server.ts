/** A server on this machine that answers as a test says. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server that runs until the test is finished. */
export interface ScriptedServer {
  /** `http://127.0.0.1:port`, without a slash. */
  readonly origin: string;
  /** The requests so far. */
  readonly requests: readonly {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingMessage['headers'];
  }[];
}

/** Starts a server. */
export async function startServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<ScriptedServer> {
  const requests: { method: string; url: string; headers: IncomingMessage['headers'] }[] = [];
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** Serves bytes, whole or the range that is asked for, with a strong ETag. */
export function serveBytes(
  request: IncomingMessage,
  response: ServerResponse,
  content: Buffer,
  { etag = '"1"', cutAfter = Number.POSITIVE_INFINITY }: { etag?: string; cutAfter?: number } = {},
): void {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(from ?? 0);
  const part = content.subarray(start, to ? Number(to) + 1 : undefined);
  response.writeHead(from === undefined ? 200 : 206, {
    'accept-ranges': 'bytes',
    'content-length': part.length,
    etag,
    ...(from === undefined
      ? {}
      : { 'content-range': `bytes ${start}-${start + part.length - 1}/${content.length}` }),
  });
  if (request.method === 'HEAD') response.end();
  else if (part.length > cutAfter) response.write(part.subarray(0, cutAfter), () => response.destroy());
  else response.end(part);
}
