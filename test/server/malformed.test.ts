import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytesInUse } from './bytes-in-use.ts';
import { exchange } from './raw-socket.ts';
import { sendMalformed } from './send-malformed.ts';
import { type PreparedServer, startPreparedServer } from './test-server.ts';

const MIB = 2 ** 20;

let server: PreparedServer;

beforeAll(async () => {
  server = await startPreparedServer();
}, 60_000);

async function expectAlive(): Promise<void> {
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
}

function post(headers: Record<string, string>, body: BodyInit): Promise<Response> {
  return fetch(`${server.url}/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.adminToken}`, 'content-type': 'application/json', ...headers },
    body,
  });
}

describe('malformed requests', () => {
  it('are each refused as a problem, and never fail the server', async () => {
    await sendMalformed(server, 400);
  });

  it('leave the server alive where they are not even HTTP', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        const { text } = await exchange(server.url, bytes, { ends: true });
        expect(text).toMatch(/^$|^HTTP\/1\.1 4\d\d /);
      }),
      { numRuns: 100, seed: 1 },
    );
    await expectAlive();
  });

  it('do not take one request for two, or two for one', async () => {
    const head = 'POST /v1/keys HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
    for (const lengths of [
      'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n',
      'Content-Length: 3\r\nContent-Length: 4\r\n',
      'Content-Length: -3\r\n',
      'Transfer-Encoding: chunked, identity\r\n',
    ]) {
      const { text } = await exchange(server.url, `${head}${lengths}\r\n{}\r\nGET /healthz HTTP/1.1\r\n\r\n`);
      expect(text).toMatch(/^HTTP\/1\.1 400 /);
      expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    }
  });

  it('may promise more of a body than they send', async () => {
    const authorization = `Authorization: Bearer ${server.adminToken}`;
    const head = `POST /v1/keys HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${authorization}\r\n`;
    const { text } = await exchange(server.url, `${head}Content-Length: 1000\r\n\r\n{}`, { ends: true });
    expect(text).not.toMatch(/^HTTP\/1\.1 [25]/);
    await expectAlive();
  });

  it('are refused by the length that they promise, before they send it', async () => {
    const response = await exchange(
      server.url,
      `POST /v1/keys HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAuthorization: Bearer ${server.adminToken}\r\nContent-Length: 999999999\r\n\r\n{`,
      { timeMs: 2000 },
    );
    expect(response.text).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('cannot unpack to more than a body may have', async () => {
    const bomb = gzipSync(Buffer.alloc(128 * MIB, 0x20));
    expect(bomb.length).toBeLessThan(MIB);
    const before = bytesInUse();
    for (let i = 0; i < 5; i++) {
      const response = await post({ 'content-encoding': 'gzip' }, new Uint8Array(bomb));
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ error: { code: 'body-too-large' } });
    }
    expect(bytesInUse() - before).toBeLessThan(32 * MIB);
  });

  it('are refused where they nest too deeply, claim another encoding, or name nobody’s property', async () => {
    expect((await post({}, '['.repeat(100_000))).status).toBe(400);
    expect((await post({}, `${'['.repeat(100_000)}${']'.repeat(100_000)}`)).status).toBe(400);
    expect((await post({ 'content-encoding': 'gzip' }, '{}')).status).toBe(400);
    expect((await post({ 'content-encoding': 'compress' }, '{}')).status).toBe(415);
    const polluting = await post(
      {},
      '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}',
    );
    expect(polluting.status).toBe(400);
    expect('isAdmin' in {}).toBe(false);
  });

  it('do not repeat in an answer what they held', async () => {
    const response = await post({}, '{"label":"<script>alert(1)</script>","secret-field":"secret-value"}');
    expect(response.status).toBe(400);
    expect(await response.text()).not.toMatch(/script|secret/);
  });
});
