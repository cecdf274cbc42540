import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { detectFileLayout } from '@countermark/corpus';
import { planShards, readShard } from '@countermark/corpus/internal';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it, onTestFinished } from 'vitest';
import { JSONL, readAll, textsOf } from './read-all.ts';

const TEXTS = Array.from({ length: 5000 }, (_, i) => `text ${i}`);
const LINES = Buffer.from(TEXTS.map((text) => `${JSON.stringify({ text })}\n`).join(''));
const PARQUET = Buffer.from(
  parquetWriteBuffer({ columnData: [{ name: 'text', data: TEXTS }], rowGroupSize: 1000 }),
);

/** What a server does with a request for a file. */
type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(handler: Handler): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Serves a file, whole or in parts. */
function fileServer(content: Buffer): Handler {
  return ({ method, headers }, response) => {
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
    const start = Number(from ?? 0);
    const part = content.subarray(start, to ? Number(to) + 1 : undefined);
    if (from !== undefined)
      response.setHeader('content-range', `bytes ${start}-${start + part.length - 1}/${content.length}`);
    response.writeHead(from === undefined ? 200 : 206, {
      'accept-ranges': 'bytes',
      'content-length': part.length,
    });
    response.end(method === 'HEAD' ? undefined : part);
  };
}

describe('readShard over http', () => {
  it('reads a whole file and ranges of one alike', async () => {
    const location = `${await serve(fileServer(LINES))}/data/file.jsonl?token=1`;
    const { reading, description } = await detectFileLayout(location);
    expect(reading).toEqual(JSONL);
    expect(description).toBe('text in field text, 100 of the first 100 records');
    expect(textsOf(await readAll({ location, reading }))).toEqual(TEXTS);
    const shards = await planShards([{ location, reading }], { shardBytes: 20_000 });
    expect(shards.length).toBeGreaterThan(3);
    const parts = await Promise.all(shards.map((shard) => readAll(shard)));
    expect(parts.flatMap(textsOf)).toEqual(TEXTS);
  });

  it('reads row groups of a Parquet file', async () => {
    const location = `${await serve(fileServer(PARQUET))}/file.parquet`;
    const { reading } = await detectFileLayout(location);
    const shards = await planShards([{ location, reading }], { shardBytes: 1 });
    expect(shards).toHaveLength(5);
    const parts = await Promise.all(shards.map((shard) => readAll(shard)));
    expect(parts.flatMap(textsOf)).toEqual(TEXTS);
  });

  it('reads compressed files', async () => {
    const location = `${await serve(fileServer(gzipSync(LINES)))}/file.jsonl.gz`;
    const { reading } = await detectFileLayout(location);
    expect(reading.compression).toBe('gzip');
    expect(textsOf(await readAll({ location, reading }))).toEqual(TEXTS);
  });

  it('does not cut a file that the server only gives whole, or whose size it does not tell', async () => {
    const whole: Handler = ({ method }, response) => {
      response.writeHead(200, { 'content-length': LINES.length });
      response.end(method === 'HEAD' ? undefined : LINES);
    };
    const chunked: Handler = ({ method }, response) => {
      response.writeHead(200);
      response.end(method === 'HEAD' ? undefined : LINES);
    };
    for (const [handler, bytes] of [
      [whole, LINES.length],
      [chunked, undefined],
    ] as const) {
      const location = `${await serve(handler)}/file.jsonl`;
      const shards = await planShards([{ location, reading: JSONL }], { shardBytes: 1000 });
      expect(shards).toEqual([{ location, reading: JSONL, ...(bytes === undefined ? {} : { bytes }) }]);
      expect(textsOf(await readAll(shards[0]!))).toEqual(TEXTS);
      const range = { unit: 'bytes', start: 500, end: 1000 } as const;
      await expect(readAll({ location, reading: JSONL, range })).rejects.toMatchObject({
        code: 'unreadable',
      });
    }
  });

  it('refuses a body that is cut short', async () => {
    const location = `${await serve(({ method }, response) => {
      response.writeHead(200, { 'content-length': LINES.length });
      if (method === 'HEAD') response.end();
      else response.write(LINES.subarray(0, 10_000), () => response.destroy());
    })}/file.jsonl`;
    await expect(readAll({ location, reading: JSONL })).rejects.toMatchObject({ code: 'truncated' });
  });

  it('refuses a body that is shorter than the server said when it was asked for the size', async () => {
    const location = `${await serve(({ method }, response) => {
      if (method === 'HEAD') response.writeHead(200, { 'content-length': LINES.length });
      response.end(method === 'HEAD' ? undefined : LINES.subarray(0, 10_000));
    })}/file.jsonl`;
    await expect(readAll({ location, reading: JSONL })).rejects.toMatchObject({ code: 'truncated' });
  });

  it('refuses an answer without success, and a server that does not answer', async () => {
    const base = await serve((_, response) => response.writeHead(404).end());
    await expect(readAll({ location: `${base}/file.jsonl`, reading: JSONL })).rejects.toMatchObject({
      code: 'unreadable',
      message: expect.stringContaining('404'),
    });
    await expect(
      readAll({ location: 'http://127.0.0.1:1/file.jsonl', reading: JSONL }),
    ).rejects.toMatchObject({ code: 'unreadable' });
  });

  it('lets go of a file that nobody wants the rest of', async () => {
    let closed = (): void => undefined;
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const location = `${await serve(({ method }, response) => {
      response.writeHead(200);
      if (method === 'HEAD') return response.end();
      response.on('close', closed);
      return response.write(LINES);
    })}/file.jsonl`;
    for await (const batch of readShard({ location, reading: JSONL })) {
      expect(batch.length).toBeGreaterThan(0);
      break;
    }
    await gone;
  });
});
