import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Problem } from '../http/problem.ts';

/**
 * Answers a request that offers another protocol, as if it did not: some clients offer HTTP/2 with whatever they send, and a
 * server that takes WebSockets is handed all of these.
 */
export function answerWithoutUpgrade(server: Server, request: IncomingMessage, socket: Duplex): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  if (length !== '0' || encoding !== undefined) {
    // The body of such a request is not read by anybody.
    const problem = new Problem(
      'invalid-request',
      'a request with a body must not have the header "Upgrade"',
    );
    refuseUpgrade(socket, problem, randomUUID());
    return;
  }
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  response.once('finish', () => socket.end());
  server.emit('request', request, response);
}

/** Answers a problem to a request for an upgrade, and ends its connection. */
export function refuseUpgrade(socket: Duplex, problem: Problem, requestId: string): void {
  const body = JSON.stringify(problem.toJson(requestId));
  const headers = [
    `HTTP/1.1 ${problem.status} ${problem.kind}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Cache-Control: no-store',
    'Connection: close',
    ...(problem.kind === 'unauthorized' ? ['WWW-Authenticate: Bearer realm="countermark"'] : []),
  ];
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`);
}
