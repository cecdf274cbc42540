/** Sends a server what no client should, and checks what it answers. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { type MalformedRequest, malformedRequests } from './malformed-requests.ts';
import { fetchDocument } from './openapi-document.ts';
import type { PreparedServer } from './test-server.ts';

/** An id that nothing has. */
const NOBODY = '01234567-89ab-4cde-8f01-23456789abcd';

/** Sends requests that are drawn from the server's own document: each is answered, and no answer is a failure of the server. */
export async function sendMalformed(server: PreparedServer, numRuns: number): Promise<void> {
  const known = [...(await server.store.keys.list()).map(({ keyId }) => keyId), NOBODY];
  const requests = malformedRequests(await fetchDocument(server.url), server.adminToken, known);
  await fc.assert(
    fc.asyncProperty(requests, (request) => send(server, request)),
    { numRuns, seed: 1 },
  );
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
}

async function send(
  server: PreparedServer,
  { method, path, headers, body }: MalformedRequest,
): Promise<void> {
  const response = await fetch(server.url + path, {
    method,
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(30_000),
    ...(body === undefined ? {} : { body }),
  });
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
    await response.body?.cancel();
    return;
  }
  const text = await response.text();
  expect(response.status).toBeLessThan(500);
  expect(text).not.toContain(server.adminToken);
  if (response.status < 400) return;
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(JSON.parse(text)).toMatchObject({
    status: response.status,
    instance: response.headers.get('x-request-id'),
  });
}
