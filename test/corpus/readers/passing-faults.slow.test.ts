import type { FileHandle } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { readShard } from '@countermark/corpus/internal';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { makeDirectory } from '../../cli/fixtures.ts';
import { JSONL, readAll, textsOf } from './read-all.ts';

/** What the next calls of the file system fail with. */
const faults = vi.hoisted(() => ({ open: [] as string[], read: [] as string[] }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const failWith = (code: string | undefined): void => {
    if (code !== undefined)
      throw Object.assign(new Error(`${code}: injected`), { code, syscall: 'injected' });
  };
  const open = async (...args: Parameters<typeof real.open>): Promise<FileHandle> => {
    failWith(faults.open.shift());
    const handle = await real.open(...args);
    const read = handle.read.bind(handle) as (...given: unknown[]) => unknown;
    return Object.assign(handle, {
      read: async (...given: unknown[]) => {
        failWith(faults.read.shift());
        return read(...given);
      },
    });
  };
  return { ...real, open };
});

const ATTEMPTS = 6;
const TEXTS = Array.from({ length: 2000 }, (_, i) => `text ${i}`);
const LINES = Buffer.from(TEXTS.map((text) => `${JSON.stringify({ text })}\n`).join(''));
const HALF = LINES.length >> 1;

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Serves lines; the first answers are those given, and those after them are whole. */
interface Served {
  readonly location: string;
  readonly requests: IncomingMessage[];
  etag: string;
}

async function serve(...first: (Handler | undefined)[]): Promise<Served> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    const handler = first[requests.length - 1] ?? whole;
    handler(request, response);
  });
  const whole: Handler = ({ method, headers }, response) => {
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
    const asked = headers['if-range'] === undefined || headers['if-range'] === served.etag;
    const isPart = from !== undefined && asked;
    const start = isPart ? Number(from) : 0;
    const part = LINES.subarray(start, isPart && to ? Number(to) + 1 : undefined);
    response.writeHead(isPart ? 206 : 200, {
      'accept-ranges': 'bytes',
      etag: served.etag,
      'content-length': part.length,
      ...(isPart ? { 'content-range': `bytes ${start}-${start + part.length - 1}/${LINES.length}` } : {}),
    });
    response.end(method === 'HEAD' ? undefined : part);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const location = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.jsonl?signature=hidden`;
  const served: Served = { location, requests, etag: '"1"' };
  return served;
}

const answering =
  (status: number, headers: Record<string, string> = {}): Handler =>
  (_, response) => {
    response.writeHead(status, headers).end();
  };
const hangUp: Handler = ({ socket }) => socket.destroy();
/** Sends half of the file, and ends the connection. */
const breakOff =
  (served: () => Served): Handler =>
  (_, response) => {
    response.writeHead(200, {
      'accept-ranges': 'bytes',
      etag: served().etag,
      'content-length': LINES.length,
    });
    response.write(LINES.subarray(0, HALF), () => response.destroy());
  };

describe('readShard over http, where something fails for a moment', () => {
  it.each([
    ['408', answering(408)],
    ['425', answering(425)],
    ['429', answering(429)],
    ['500', answering(500)],
    ['502', answering(502)],
    ['503', answering(503)],
    ['504', answering(504)],
    ['the end of the connection', hangUp],
  ])('asks again after %s, for the size and for the bytes', async (_, fault) => {
    const served = await serve(fault, undefined, fault);
    expect(textsOf(await readAll({ location: served.location, reading: JSONL }))).toEqual(TEXTS);
    expect(served.requests.map(({ method }) => method)).toEqual(['HEAD', 'HEAD', 'GET', 'GET']);
  });

  it.each([400, 401, 403, 404, 410, 501])('takes %i as final', async (status) => {
    const served = await serve(answering(status));
    const read = readAll({ location: served.location, reading: JSONL });
    await expect(read).rejects.toMatchObject({ code: 'unreadable', passing: undefined });
    expect(served.requests).toHaveLength(1);
  });

  it('gives up after the stated number of attempts, and says that the fault may pass, and nothing of a query', async () => {
    const served = await serve(...Array.from({ length: ATTEMPTS }, () => answering(503)));
    const error: unknown = await readAll({ location: served.location, reading: JSONL }).catch((one) => one);
    expect(error).toMatchObject({ code: 'unreadable', passing: {} });
    expect(String(error)).toContain('/a.jsonl?…: the server answers 503');
    expect(String(error)).not.toContain('hidden');
    expect(served.requests).toHaveLength(ATTEMPTS);
  });

  it('waits as long as a server asks, and not for one that asks for too long', async () => {
    const served = await serve(answering(429, { 'retry-after': '1' }));
    const before = performance.now();
    expect(await readAll({ location: served.location, reading: JSONL })).toBeDefined();
    // Timers may fire a millisecond early.
    expect(performance.now() - before).toBeGreaterThanOrEqual(999);
    const closed = await serve(answering(503, { 'retry-after': '86400' }));
    const read = readAll({ location: closed.location, reading: JSONL });
    await expect(read).rejects.toMatchObject({ passing: { afterMs: 86_400_000 } });
    expect(closed.requests).toHaveLength(1);
  });

  it('goes on where a connection ended, of the same revision, and counts each byte once', async () => {
    const served: Served = await serve(
      undefined,
      breakOff(() => served),
    );
    const batches = readShard({ location: served.location, reading: JSONL });
    const texts: string[] = [];
    for (;;) {
      const { done, value } = await batches.next();
      if (done) {
        expect(value.bytes).toBe(LINES.length);
        break;
      }
      texts.push(...value.map(({ document }) => String(document?.segments[0])));
    }
    expect(texts).toEqual(TEXTS);
    const [, , again] = served.requests;
    expect(again?.headers).toMatchObject({ range: `bytes=${HALF}-`, 'if-range': '"1"' });
  });

  it('passes over what it has, where a server sends the whole again', async () => {
    const served: Served = await serve(
      undefined,
      breakOff(() => served),
      (_, response) => {
        response.writeHead(200, { etag: '"1"', 'content-length': LINES.length }).end(LINES);
      },
    );
    expect(textsOf(await readAll({ location: served.location, reading: JSONL }))).toEqual(TEXTS);
  });

  it('never puts two revisions together', async () => {
    const served: Served = await serve(undefined, (request, response) => {
      breakOff(() => served)(request, response);
      served.etag = '"2"';
    });
    const read = readAll({ location: served.location, reading: JSONL });
    await expect(read).rejects.toMatchObject({ code: 'changed', passing: undefined });
  });
});

describe('readShard of a file, where something fails for a moment', async () => {
  const directory = makeDirectory();
  const { writeFileSync } = await import('node:fs');
  const location = join(directory, 'a.jsonl');
  writeFileSync(location, LINES);

  it.each(['EMFILE', 'ENFILE', 'EIO', 'EAGAIN'])('tries again after %s', async (code) => {
    faults.open.push(code, code);
    faults.read.push(code);
    expect(textsOf(await readAll({ location, reading: JSONL }))).toEqual(TEXTS);
    expect(faults).toEqual({ open: [], read: [] });
  });

  it.each(['EACCES', 'ENOENT', 'EISDIR'])('takes %s as final', async (code) => {
    faults.open.push(code, 'not asked for');
    const read = readAll({ location, reading: JSONL });
    await expect(read).rejects.toMatchObject({ code: 'unreadable', passing: undefined });
    expect(faults.open.splice(0)).toEqual(['not asked for']);
  });

  it('gives up after the stated number of attempts', async () => {
    faults.open.push(...Array.from({ length: ATTEMPTS }, () => 'EIO'));
    await expect(readAll({ location, reading: JSONL })).rejects.toMatchObject({
      code: 'unreadable',
      passing: {},
    });
    expect(faults.open).toEqual([]);
  });
});
