import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { detectFileLayout, planScan, scanShard } from '@countermark/corpus';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it, onTestFinished } from 'vitest';
import { keyFrom, randomIds } from '../../support/random-key.ts';

const key = keyFrom('address', 1000);
const tools = { keys: [key], tokenizers: [] };
const bytesOf = (tokens: number): Buffer =>
  Buffer.from(Uint16Array.from(randomIds(seededRandom(tokens), tokens, 1000)).buffer);

/** What a server serves, which a test exchanges. */
interface Served {
  content: Buffer;
  headers: Record<string, string>;
}

async function serve(served: Served): Promise<string> {
  const server = createServer(({ method, url, headers: { range = '' } }, response) => {
    // There is no index beside it.
    if (url !== '/ids.bin') {
      response.writeHead(404).end();
      return;
    }
    const { content, headers } = served;
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
    const start = Number(from ?? 0);
    const part = content.subarray(start, to ? Number(to) + 1 : undefined);
    response.writeHead(from === undefined ? 200 : 206, {
      'accept-ranges': 'bytes',
      'content-length': part.length,
      ...(from === undefined
        ? {}
        : { 'content-range': `bytes ${start}-${start + part.length - 1}/${content.length}` }),
      ...headers,
    });
    response.end(method === 'HEAD' ? undefined : part);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/ids.bin`;
}

async function planned(served: Served) {
  const location = await serve(served);
  const { reading } = await detectFileLayout(location, { idBytes: 2 });
  const manifest = await planScan([key], [{ location, reading }]);
  await expect(scanShard(manifest, 0, tools)).resolves.toMatchObject({ tokens: served.content.length / 2 });
  return { location, manifest };
}

describe('an address that changed between plan and scan', () => {
  it.each<[string, Record<string, string>, Partial<Served>, string]>([
    ['has another length', {}, { content: bytesOf(900) }, 'it had 1600 bytes and has 1800'],
    [
      'has another strong ETag',
      { etag: '"1"', 'last-modified': 'Wed, 25 Nov 2026 10:00:00 GMT' },
      { headers: { etag: '"2"', 'last-modified': 'Wed, 25 Nov 2026 10:00:00 GMT' } },
      'its server calls it another revision',
    ],
    [
      'was modified since, and has a weak ETag only',
      { etag: 'W/"1"', 'last-modified': 'Wed, 25 Nov 2026 10:00:00 GMT' },
      { headers: { etag: 'W/"1"', 'last-modified': 'Wed, 25 Nov 2026 11:00:00 GMT' } },
      'its server calls it another revision',
    ],
  ])('is refused where it %s', async (_, headers, change, what) => {
    const served: Served = { content: bytesOf(800), headers };
    const { location, manifest } = await planned(served);
    Object.assign(served, change);
    await expect(scanShard(manifest, 0, tools)).rejects.toMatchObject({
      code: 'changed',
      message: `${location}: not what it was when the scan was planned: ${what}`,
    });
  });

  it('is refused where it changes while it is read', async () => {
    const served: Served = { content: bytesOf(800), headers: { etag: '"1"' } };
    const { manifest } = await planned(served);
    const progress = {
      at: () => undefined,
      scored: () => undefined,
      read: () => {
        served.headers = { etag: '"2"' };
      },
    };
    await expect(scanShard(manifest, 0, tools, { progress })).rejects.toMatchObject({ code: 'changed' });
  });

  it('is taken for the same where only a weak ETag is another', async () => {
    const served: Served = { content: bytesOf(800), headers: { etag: 'W/"1"' } };
    const { manifest } = await planned(served);
    served.headers = { etag: 'W/"2"' };
    await expect(scanShard(manifest, 0, tools)).resolves.toMatchObject({ tokens: 800 });
  });
});
