/** Bodies that do not come, or not to their end, after an early answer and before it. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { headOf, type SocketStep, takeSteps } from '../support/socket-steps.ts';
import { fetchDocument, fillPath, type Operation } from './openapi-document.ts';
import { startProcess } from './serve-process.ts';
import { type PreparedServer, startPreparedServer } from './test-server.ts';

const BODY_MS = 300;
const MOST_BYTES = 10_000;

const JSON_BODY = { 'Content-Type': 'application/json', 'Content-Length': '100' };
/** Bodies of an encoding that nobody reads. */
const UNREADABLE = [
  { ...JSON_BODY, 'Content-Type': 'application/json; charset=latin1' },
  { ...JSON_BODY, 'Content-Encoding': 'compress' },
];

let server: PreparedServer;
let posts: readonly Operation[];
let authorization: { readonly Authorization: string };

beforeAll(async () => {
  server = await startPreparedServer({
    COUNTERMARK_BODY_MS: String(BODY_MS),
    COUNTERMARK_MAX_BODY_BYTES: String(MOST_BYTES),
    COUNTERMARK_MAX_UPLOAD_BYTES: String(MOST_BYTES),
    COUNTERMARK_SCAN_WORKER: '0',
  });
  posts = (await fetchDocument(server.url)).operations.filter(({ method }) => method === 'post');
  authorization = { Authorization: `Bearer ${server.adminToken}` };
  // So that no list of routes below is empty.
  expect(posts.filter(({ requestBody }) => requestBody !== undefined).length).toBeGreaterThanOrEqual(7);
});

/** Sends a head and half of a body, and holds the rest back until the server ends the connection. */
function heldBack(path: string, headers: Readonly<Record<string, string>>, answer: RegExp): SocketStep[] {
  return [{ send: `${headOf('POST', path, headers)}{"` }, { until: answer }, { untilClosed: true }];
}

const pathOf = (operation: Operation): string => fillPath(operation, () => '0'.repeat(32));

describe('a server that is one process', () => {
  it('goes on where a request without an API key holds a body back that nobody reads', async () => {
    const data = mkdtempSync(join(tmpdir(), 'countermark-bodies-'));
    const serve = await startProcess('serve', data, { COUNTERMARK_BODY_MS: String(BODY_MS) });
    try {
      const held = UNREADABLE.map((headers) =>
        takeSteps(serve.url, heldBack('/v1/detections', headers, /\/problems\/unsupported-media-type/)),
      );
      for (const { text } of await Promise.all(held)) {
        expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 415']);
      }
      expect((await fetch(`${serve.url}/healthz`)).status).toBe(200);
    } finally {
      await serve.end('SIGTERM');
      rmSync(data, { recursive: true, force: true });
    }
  });
});

describe('a connection that is kept open after an early answer', () => {
  it.each(UNREADABLE)('is ended on every route that reads JSON (%j)', async (headers) => {
    const routes = posts.filter(({ requestBody }) => requestBody?.content['application/json'] !== undefined);
    await Promise.all(
      routes.map(async (operation) => {
        const { text } = await takeSteps(
          server.url,
          heldBack(pathOf(operation), { ...headers, ...authorization }, /unsupported-media-type/),
        );
        expect(text.match(/HTTP\/1\.1 \d+/g), operation.path).toEqual(['HTTP/1.1 415']);
      }),
    );
  });

  it('is ended where the caller, the resource, the method or the length is at fault', async () => {
    const tooLong = { ...JSON_BODY, 'Content-Length': String(MOST_BYTES + 1) };
    const cases: [status: number, path: string, headers: Readonly<Record<string, string>>][] = [
      ...posts
        .filter(({ path }) => path !== '/v1/detections' && !path.startsWith('/v1/shared-results/'))
        .map((operation): (typeof cases)[number] => [401, pathOf(operation), JSON_BODY]),
      ...posts
        .filter(({ requestBody }) => requestBody !== undefined)
        .map((operation): (typeof cases)[number] => [
          413,
          pathOf(operation),
          { ...tooLong, ...authorization },
        ]),
      [413, '/v1/scans', { ...tooLong, ...authorization, 'Content-Type': 'application/x-ndjson' }],
      [413, '/v1/scans', { ...tooLong, ...authorization, 'Content-Type': 'multipart/form-data; boundary=x' }],
      [404, '/nothing', JSON_BODY],
      [405, '/healthz', JSON_BODY],
    ];
    await Promise.all(
      cases.map(async ([status, path, headers]) => {
        const { text } = await takeSteps(server.url, heldBack(path, headers, /\r\n\r\n\{.*\}$/s));
        expect(text.match(/HTTP\/1\.1 \d+/g), path).toEqual([`HTTP/1.1 ${status}`]);
      }),
    );
  });

  it('answers the next request where the rest of the body comes after all', async () => {
    const rest = 'x'.repeat(98);
    const { text } = await takeSteps(server.url, [
      { send: `${headOf('POST', '/v1/detections', UNREADABLE[0] ?? {})}{"` },
      { until: /unsupported-media-type/ },
      { send: rest + headOf('GET', '/healthz', {}) },
      { until: /"status":"ok"/ },
    ]);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 415', 'HTTP/1.1 200']);
  });
});

describe('a body that does not come to its end', () => {
  it('is refused with 408 on every route once its time is over, and the connection ends', async () => {
    const types = posts.flatMap((operation) =>
      Object.keys(operation.requestBody?.content ?? {}).map((type) => [pathOf(operation), type] as const),
    );
    await Promise.all(
      types.map(async ([path, type]) => {
        const headers = { ...JSON_BODY, ...authorization, 'Content-Type': `${type}; boundary=x` };
        const { text } = await takeSteps(server.url, heldBack(path, headers, /\/problems\/body-too-slow/));
        expect(text.match(/HTTP\/1\.1 \d+/g), `${path} ${type}`).toEqual(['HTTP/1.1 408']);
        expect(text).toMatch(/^Connection: close\r$/m);
      }),
    );
    expect(readdirSync(join(server.data, 'scans'))).toEqual([]);
  });

  it('is nobody’s fault where the client breaks it off, and nothing of it stays', async () => {
    const types = posts.flatMap((operation) =>
      Object.keys(operation.requestBody?.content ?? {}).map((type) => [pathOf(operation), type] as const),
    );
    await Promise.all(
      types.map(([path, type]) => {
        const headers = { ...JSON_BODY, ...authorization, 'Content-Type': `${type}; boundary=x` };
        return takeSteps(server.url, [{ send: `${headOf('POST', path, headers)}{"` }, { breakOff: true }]);
      }),
    );
    expect((await server.call('/healthz')).status).toBe(200);
    await expect.poll(() => readdirSync(join(server.data, 'scans'))).toEqual([]);
  });
});

describe('a body of JSON', () => {
  const post = (body: Uint8Array<ArrayBuffer>, type: string): Promise<Response> =>
    fetch(`${server.url}/v1/tokenize`, {
      method: 'POST',
      body,
      headers: { authorization: authorization.Authorization, 'content-type': type },
    });

  it('is read in UTF-8, with and without its mark, and in UTF-16', async () => {
    const json = JSON.stringify({ text: 'naïve ☂', tokenizer: 'demo' });
    const utf8 = new TextEncoder().encode(json);
    const bodies: [Uint8Array<ArrayBuffer>, string][] = [
      [utf8, 'application/json'],
      [utf8, 'application/json; charset="UTF-8"'],
      [Uint8Array.of(0xef, 0xbb, 0xbf, ...utf8), 'application/json; charset=utf-8'],
      [Uint8Array.from(Buffer.from(json, 'utf16le')), 'application/json; charset=utf-16le'],
    ];
    const answers = await Promise.all(
      bodies.map(async ([body, type]) => {
        const response = await post(body, type);
        expect(response.status, type).toBe(200);
        return response.text();
      }),
    );
    expect(new Set(answers).size).toBe(1);
  });

  it('that has more bytes than it may is refused though it announced no length', async () => {
    const headers = { ...authorization, 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' };
    const size = MOST_BYTES + 1;
    const { text } = await takeSteps(server.url, [
      { send: `${headOf('POST', '/v1/tokenize', headers)}${size.toString(16)}\r\n${' '.repeat(size)}\r\n` },
      { until: /\/problems\/body-too-large/ },
      { untilClosed: true },
    ]);
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
  });
});
