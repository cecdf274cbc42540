/**
 * No request keeps the event loop busy for long, however large and strange its body is: in CPU time of the main thread of a server in a
 * process of its own, beside fixed work of the same thread, so that neither other work nor the machine's speed decides.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { binaryCall } from './binary-call.ts';
import { bodySchema, LargeBodies, takingJson } from './large-bodies.ts';
import { fetchDocument, fillPath, type Operation } from './openapi-document.ts';
import { type ServeProcess, startProcess } from './serve-process.ts';

/** The default of COUNTERMARK_MAX_BODY_BYTES. */
const MOST_BYTES = 4 * 2 ** 20;
/** What 50 ms are of the probe's fixed work, which takes so long where the limit was set. */
const YARDSTICKS = 1;
const TRIES = 4;
const PROBE = fileURLToPath(new URL('./loop-probe.mjs', import.meta.url));

interface Measured {
  readonly longestMs: number;
  readonly yardstick: number;
}

interface Sent {
  readonly path: string;
  readonly what: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isPublic?: boolean;
  /** Sent as a message of a WebSocket; answered 200, or by a problem's status. */
  readonly isMessage?: boolean;
}

const data = mkdtempSync(join(tmpdir(), 'countermark-loop-'));
let token: string;
let server: ServeProcess;
let posts: readonly Operation[];
let bodies: LargeBodies;
let keyId: string;

async function startServer(): Promise<void> {
  const env = {
    COUNTERMARK_SCAN_WORKER: '0',
    COUNTERMARK_THREADS: '1',
    // Of threads, which this is not about: a busy machine is slower.
    COUNTERMARK_TIME_LIMIT_MS: '300000',
    COUNTERMARK_PUBLIC_BUDGET: '1000000',
    COUNTERMARK_PUBLIC_TOTAL: '1000000',
  };
  server = await startProcess('serve', data, env, ['--import', PROBE]);
  token = readFileSync(join(data, 'admin-api-key'), 'utf8').trim();
  const document = await fetchDocument(server.url);
  posts = takingJson(document.operations);
  const known = (await (await fetch(`${server.url}/.well-known/countermark.json`)).json()) as {
    readonly keys: readonly { readonly keyId: string }[];
  };
  keyId = known.keys[0]?.keyId ?? '';
  bodies = new LargeBodies(document.schemas, keyId, MOST_BYTES);
}

async function stopServer(): Promise<void> {
  await server.end('SIGTERM');
}

afterAll(() => rmSync(data, { recursive: true, force: true, maxRetries: 5 }));

/** What was the most since the last call. */
async function measured(): Promise<Measured> {
  const before = server.log().length;
  const found = (): Measured | undefined => {
    const [line] = /^\{"probe":.*\}$/m.exec(server.log().slice(before)) ?? [];
    return line === undefined ? undefined : (JSON.parse(line) as { readonly probe: Measured }).probe;
  };
  server.signal('SIGUSR2');
  await expect.poll(found).toBeDefined();
  return found() as Measured;
}

/** Sends a message over a connection of its own, since one that is too large ends it. */
async function sendMessage(body: string | Buffer): Promise<number> {
  const at = new URL('/v1/watermark/stream', server.url.replace('http', 'ws'));
  const socket = new WebSocket(at, { headers: { authorization: `Bearer ${token}` } });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const answer = new Promise<number>((resolve) => {
    socket.once('message', (data: Buffer, isBinary) => {
      const { status = 200 } = isBinary ? {} : (JSON.parse(data.toString()) as { readonly status?: number });
      resolve(status);
    });
    socket.once('close', (code) => resolve(code === 1009 ? 413 : 599));
  });
  socket.send(body);
  return answer.finally(() => socket.terminate());
}

async function send({
  path,
  body,
  headers = {},
  isPublic = false,
  isMessage = false,
}: Sent): Promise<number> {
  if (isMessage) return sendMessage(body);
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(isPublic ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  await response.arrayBuffer();
  return response.status;
}

/** Sends each, and returns which kept the event loop busy for too long, with how many times as long as it may be. */
async function slow(all: readonly Sent[]): Promise<string[]> {
  const faults: string[] = [];
  for (const sent of all) {
    const times: number[] = [];
    let status = 0;
    for (let i = 0; i < TRIES && Math.min(...times) > YARDSTICKS; i++) {
      await measured();
      status = await send(sent);
      const { longestMs, yardstick } = await measured();
      times.push(longestMs / yardstick);
    }
    expect(status, `${sent.path} ${sent.what}`).toBeLessThan(500);
    const least = Math.min(...times);
    if (process.env['COUNTERMARK_SHOW_TURNS'] !== undefined)
      console.log(`${sent.path} ${sent.what}: ${status}, ${least.toFixed(2)}`);
    if (least > YARDSTICKS) faults.push(`${sent.path} ${sent.what}: ${status}, ${least.toFixed(2)} times`);
  }
  return faults;
}

const pathOf = (operation: Operation): string => fillPath(operation, () => keyId);
const full = (before: string, member: (i: number) => string, after: string): string => {
  const members: string[] = [];
  for (let left = MOST_BYTES - before.length - after.length, i = 0; ; i++) {
    const next = member(i);
    left -= next.length + 1;
    if (left < 0) return before + members.join(',') + after;
    members.push(next);
  }
};

describe('the event loop', () => {
  beforeAll(() => startServer(), 300_000);
  afterAll(stopServer);

  it('is not kept busy by arrays of any route that are full of what is wrong, or too much', async () => {
    const all = posts.flatMap((operation) =>
      bodies.holes(bodySchema(operation)).flatMap((hole) =>
        ['""', '{}', '0', '[]'].map((member) => ({
          path: pathOf(operation),
          what: `${hole.at}: ${member}`,
          body: bodies.filled(hole, member),
        })),
      ),
    );
    expect(all.length).toBeGreaterThan(40);
    expect(await slow(all)).toEqual([]);
  });

  it('is not kept busy by depth, by many fields, by other strings, or by bodies that are no JSON or no UTF-8', async () => {
    const name = (i: number): string => `"${i.toString(36).padStart(5, 'q')}"`;
    const hostile: Readonly<Record<string, string | Buffer>> = {
      'lists in lists': '['.repeat(MOST_BYTES / 2) + ']'.repeat(MOST_BYTES / 2),
      'lists that do not end': '['.repeat(MOST_BYTES),
      'objects in objects': `${'{"a":'.repeat(MOST_BYTES / 6 - 1)}0${'}'.repeat(MOST_BYTES / 6 - 1)}`,
      fields: full('{', (i) => `${name(i)}:0`, '}'),
      'objects of other fields': full('{"a":[', (i) => `{${name(i)}:0}`, ']}'),
      strings: full('{"a":[', name, ']}'),
      numbers: full('{"a":[', () => '1.5', ']}'),
      escapes: `"${'\\u00e9'.repeat(MOST_BYTES / 6 - 1)}"`,
      'a number': '1'.repeat(MOST_BYTES),
      blanks: ' '.repeat(MOST_BYTES),
      'no UTF-8': Buffer.alloc(MOST_BYTES, 0xe2),
      zeros: Buffer.alloc(MOST_BYTES),
    };
    const all = posts.flatMap((operation) =>
      Object.entries(hostile).map(([what, body]) => ({ path: pathOf(operation), what, body })),
    );
    const packed = gzipSync(full('{"a":[', () => '{}', ']}'));
    const bomb = gzipSync(Buffer.alloc(400 * 2 ** 20));
    const utf16 = Buffer.from(full('', () => '[]', '').slice(0, MOST_BYTES / 2 - 2), 'utf16le');
    for (const operation of posts) {
      const path = pathOf(operation);
      all.push({ path, what: 'packed', body: packed, ...{ headers: { 'content-encoding': 'gzip' } } });
      all.push({ path, what: 'packed too much', body: bomb, ...{ headers: { 'content-encoding': 'gzip' } } });
      const type = { 'content-type': 'application/json; charset=utf-16le' };
      all.push({ path, what: 'UTF-16', body: utf16, ...{ headers: type } });
    }
    expect(await slow(all)).toEqual([]);
  });

  it('is not kept busy by the largest requests that are as documented', async () => {
    const words = Array.from({ length: 170_000 }, (_, i) => `w${(i * 7919) % 9973}`)
      .join(' ')
      .slice(0, 1_000_000);
    const ids = (count: number, below: number): number[] =>
      Array.from({ length: count }, (_, i) => (i * 7919 + (i >> 8)) % below);
    const sequence = (i: number) => ({
      context: ids(900, 500),
      generated: 0,
      tokenIds: Array.from({ length: 500 }, (_, j) => j),
      logits: Array.from({ length: 500 }, (_, j) => ((i * 31 + j * 17) % 97) / 8),
    });
    const accounts = { ids: Array.from({ length: 100_000 }, (_, i) => `account-${i}`) };
    const detections: Readonly<Record<string, unknown>> = {
      text: { text: words },
      'text with all': { text: words.slice(0, 300_000), regions: true, tokens: true, curve: true },
      'token ids': { tokenIds: ids(250_000, 500) },
      accounts: { tokenIds: ids(2000, 500), keyIds: [keyId], accounts },
      Han: { text: '漢字仮名'.repeat(250_000) },
    };
    const all: Sent[] = Object.entries(detections).map(([what, body]) => ({
      path: '/v1/detections',
      what,
      body: JSON.stringify(body),
    }));
    all.push(
      {
        path: '/v1/detections',
        what: 'public',
        body: JSON.stringify({ text: words, share: true }),
        isPublic: true,
      },
      { path: '/v1/tokenize', what: 'text', body: JSON.stringify({ text: words, keyId }) },
      {
        path: '/v1/watermark/sample',
        what: 'sequences',
        body: JSON.stringify({ keyId, sequences: Array.from({ length: 200 }, (_, i) => sequence(i)) }),
      },
      {
        path: '/v1/chat/completions',
        what: 'messages',
        body: JSON.stringify({
          model: 'demo',
          max_tokens: 1,
          messages: Array.from({ length: 1000 }, () => ({ role: 'user', content: 'x'.repeat(4000) })),
        }),
      },
      {
        path: '/v1/completions',
        what: 'prompt',
        body: JSON.stringify({ model: 'demo', max_tokens: 1, prompt: words }),
      },
    );
    expect(await slow(all)).toEqual([]);
  });

  it('is not kept busy by messages of a WebSocket, in JSON or in the binary form', async () => {
    // Its vocabulary has room for as many candidates as fit.
    const made = await fetch(`${server.url}/v1/keys`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ label: 'large', tokenizer: 'o200k_base' }),
    });
    const { keyId: large } = (await made.json()) as { readonly keyId: string };
    const sequences = (count: number, context: number, candidates: number) =>
      Array.from({ length: count }, (_, i) => ({
        context: Array.from({ length: context }, (_, j) => (i * 7919 + j * 31) % 200_000),
        generated: context,
        spentBits: 16,
        tokenIds: Array.from({ length: candidates }, (_, j) => 40 * j + ((i * 31 + j * 17) % 40)),
        logits: Array.from({ length: candidates }, (_, j) => ((i * 31 + j * 17) % 97) / 8),
      }));
    const lists = `{"id":1,"keyId":"${large}","sequences":[${'['.repeat(60)}${']'.repeat(60)}]}`;
    const messages: Readonly<Record<string, string | Buffer>> = {
      'lists in lists': '['.repeat(MOST_BYTES / 2) + ']'.repeat(MOST_BYTES / 2),
      'lists that do not fit': lists,
      numbers: full('{"id":1,"sequences":[', () => '1.5', ']}'),
      objects: full('{"id":1,"sequences":[', () => '{}', ']}'),
      'a string': `{"id":1,"label":"${'x'.repeat(MOST_BYTES - 20)}"}`,
      escapes: `"${'\\u00e9'.repeat(MOST_BYTES / 6 - 1)}"`,
      'too many bytes': ' '.repeat(MOST_BYTES + 1),
      sequences: JSON.stringify({ id: 1, keyId: large, sequences: sequences(100, 100, 2500) }),
      'binary: contexts': binaryCall(1, large, sequences(128, 1900, 2)),
      'binary: candidates': binaryCall(1, large, sequences(250, 4, 2000)),
      'binary: zeros': Buffer.alloc(MOST_BYTES),
      'binary: no end': Buffer.concat([
        binaryCall(1, large, []).fill(0xff, 8, 12),
        Buffer.alloc(MOST_BYTES - 32),
      ]),
    };
    const all = Object.entries(messages).map(([what, body]) => ({
      path: 'message',
      what,
      body,
      isMessage: true,
    }));
    expect(await slow(all)).toEqual([]);
  });

  it('is not kept busy by uploads of corpora and of accounts', async () => {
    const of = (type: string, bodies: Readonly<Record<string, string | Buffer>>, path: string): Sent[] =>
      Object.entries(bodies).map(([what, body]) => ({ path, what, body, headers: { 'content-type': type } }));
    const lines = full('', (i) => `{"text":"line ${i}"}`, '').replaceAll('},', '}\n');
    const part = (i: number, content: string): string =>
      `--x\r\nContent-Disposition: form-data; name="a"; filename="${i}.jsonl"\r\n\r\n${content}\r\n`;
    const many = Array.from({ length: 40_000 }, (_, i) => part(i, '{}')).join('');
    const accounts = Array.from({ length: 150_000 }, (_, i) => `"account-${i}"`);
    const uploads = [
      ...of(
        'application/x-ndjson',
        { lines, 'one line': 'x'.repeat(MOST_BYTES), breaks: '\n'.repeat(MOST_BYTES) },
        '/v1/scans',
      ),
      ...of(
        'multipart/form-data; boundary=x',
        {
          'a file': `${part(0, lines)}--x--\r\n`,
          'too many files': `${many}--x--\r\n`,
          'no boundary': 'x'.repeat(MOST_BYTES),
          'half boundaries': '\r\n--'.repeat(MOST_BYTES / 4),
          'a head': `--x\r\nContent-Disposition: form-data; name="${'a'.repeat(MOST_BYTES)}"\r\n\r\n`,
        },
        '/v1/scans',
      ),
      ...of(
        'application/x-ndjson',
        {
          accounts: accounts.join('\n'),
          breaks: '\n'.repeat(MOST_BYTES),
          'one line': `"${'x'.repeat(MOST_BYTES)}"`,
        },
        '/v1/accounts',
      ),
      ...of('application/x-ndjson', { accounts: accounts.join('\n') }, '/v1/accounts/remove'),
      ...of('application/json', { accounts: `{"ids":[${accounts.join(',')}]}` }, '/v1/accounts'),
    ];
    expect(await slow(uploads)).toEqual([]);
  });
});
