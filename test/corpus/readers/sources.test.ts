/** Corpora in stores and on hubs: which files there are, how they are read, and who gets what proves the reader's right. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { detectFileLayout, formatPart, manifestDigest, planScan, scanShard } from '@countermark/corpus';
import { expandInputs, readShard } from '@countermark/corpus/internal';
import { seededRandom } from '@countermark/watermark';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keyFrom, randomIds } from '../../support/random-key.ts';
import { makeDirectory } from './read-all.ts';
import { serveBytes, startServer } from './scripted-server.ts';

const LINES = Buffer.from('{"text":"one"}\n{"text":"two"}\n');
const JSONL = { format: 'jsonl', compression: 'none', layout: { kind: 'text', field: 'text' } } as const;

// What the machine that tests has of its own must not be asked.
beforeEach(() => {
  const none = join(makeDirectory(), 'none');
  for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE', 'HF_HOME']) vi.stubEnv(name, none);
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'HF_TOKEN', 'HF_TOKEN_PATH']) vi.stubEnv(name, '');
  for (const name of ['RELATIVE_URI', 'FULL_URI']) vi.stubEnv(`AWS_CONTAINER_CREDENTIALS_${name}`, '');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
});
afterEach(() => vi.unstubAllEnvs());

async function textsAt(location: string): Promise<unknown[]> {
  const texts: unknown[] = [];
  for await (const batch of readShard({ location, reading: JSONL }))
    for (const { document } of batch) texts.push(...(document?.segments ?? []));
  return texts;
}

describe('hf://datasets', () => {
  const SHA = 'a'.repeat(40);
  const FILES = ['data/a.jsonl', 'data/é b.jsonl', 'README.md', '.gitattributes'];

  /** A hub that lists a file a page, and sends on to another server for the bytes. */
  async function hub() {
    const store = await startServer((request, response) => serveBytes(request, response, LINES));
    const server = await startServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://hub');
      if (request.headers.authorization !== 'Bearer hf_secret') {
        response.writeHead(401).end();
      } else if (url.pathname === '/api/datasets/owner/name/revision/main') {
        response.end(JSON.stringify({ sha: SHA }));
      } else if (url.pathname.startsWith(`/api/datasets/owner/name/tree/${SHA}`)) {
        const folder = decodeURIComponent(
          url.pathname.slice(`/api/datasets/owner/name/tree/${SHA}`.length + 1),
        );
        const below = FILES.filter((path) => folder === '' || path.startsWith(`${folder}/`));
        const at = Number(url.searchParams.get('cursor') ?? 0);
        url.searchParams.set('cursor', String(at + 1));
        if (at + 1 < below.length)
          response.setHeader(
            'link',
            `<http://${request.headers.host}${url.pathname}${url.search}>; rel="next"`,
          );
        const entries = below.slice(at, at + 1).map((path) => ({ type: 'file', path, size: LINES.length }));
        response.end(JSON.stringify([{ type: 'directory', path: 'data' }, ...entries]));
      } else if (url.pathname.startsWith(`/datasets/owner/name/resolve/${SHA}/data/`)) {
        response.writeHead(302, { location: `${store.origin}/blob?signature=secret` }).end();
      } else {
        response.writeHead(404).end();
      }
    });
    vi.stubEnv('HF_ENDPOINT', server.origin);
    const token = join(makeDirectory(), 'token');
    writeFileSync(token, 'hf_secret\n');
    vi.stubEnv('HF_TOKEN_PATH', token);
    return { server, store };
  }

  it('lists all files of one commit, over pages, and reads them by their addresses', async () => {
    await hub();
    const { locations, unknown, ignored } = await expandInputs(['hf://datasets/owner/name']);
    expect(locations).toEqual([
      `hf://datasets/owner/name@${SHA}/data/a.jsonl`,
      `hf://datasets/owner/name@${SHA}/data/é b.jsonl`,
    ]);
    expect(unknown).toMatchObject({ files: 1, bytes: LINES.length });
    expect(ignored).toHaveLength(2);
    for (const location of locations) expect(await textsAt(location)).toEqual(['one', 'two']);
  });

  it('takes a folder, or one file', async () => {
    await hub();
    expect((await expandInputs(['hf://datasets/owner/name/data'])).locations).toHaveLength(2);
    expect((await expandInputs(['hf://datasets/owner/name@main/data/a.jsonl'])).locations).toEqual([
      `hf://datasets/owner/name@${SHA}/data/a.jsonl`,
    ]);
    await expect(expandInputs(['hf://datasets/owner/name/none'])).rejects.toMatchObject({ code: 'no-input' });
  });

  it('sends the token to the hub and to nobody that it sends on to', async () => {
    const { server, store } = await hub();
    await textsAt(`hf://datasets/owner/name@${SHA}/data/a.jsonl`);
    expect(server.requests.every(({ headers }) => headers.authorization === 'Bearer hf_secret')).toBe(true);
    expect(store.requests.length).toBeGreaterThan(0);
    expect(store.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it('says that leave is missing, and never the token', async () => {
    await hub();
    vi.stubEnv('HF_TOKEN', 'hf_wrong');
    const refused = expandInputs(['hf://datasets/owner/name']);
    await expect(refused).rejects.toMatchObject({ code: 'unreadable', reason: 'denied' });
    await expect(refused).rejects.not.toThrow(/hf_wrong/);
  });

  it('refuses an address that names no data set', async () => {
    await expect(expandInputs(['hf://models/owner/name'])).rejects.toMatchObject({ code: 'no-input' });
  });
});

describe('s3://', () => {
  /** A store that lists two objects a page. */
  async function store(objects: Readonly<Record<string, Buffer>>) {
    const server = await startServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://store');
      if (url.searchParams.get('list-type') === '2') {
        const names = Object.keys(objects).filter((name) =>
          name.startsWith(url.searchParams.get('prefix') ?? ''),
        );
        const at = Number(url.searchParams.get('continuation-token') ?? 0);
        const more = at + 2 < names.length;
        const contents = names
          .slice(at, at + 2)
          .map(
            (name) =>
              `<Contents><Key>${name.replaceAll('&', '&amp;')}</Key><Size>${objects[name]?.length}</Size></Contents>`,
          );
        const next = more ? `<NextContinuationToken>${at + 2}</NextContinuationToken>` : '';
        response.end(
          `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
        );
        return;
      }
      const content = objects[decodeURIComponent(url.pathname.replace('/bucket/', ''))];
      if (content === undefined) response.writeHead(404).end();
      else serveBytes(request, response, content);
    });
    vi.stubEnv('AWS_ENDPOINT_URL_S3', server.origin);
    return server;
  }

  const OBJECTS = {
    'data/a.jsonl': LINES,
    'data/b & c+d.jsonl': LINES,
    'data/sub/e.txt': LINES,
    'data-2/x.jsonl': LINES,
  };

  it('lists what is below a prefix, over pages, and nothing beside it', async () => {
    await store(OBJECTS);
    for (const path of ['s3://bucket/data', 's3://bucket/data/'])
      expect((await expandInputs([path])).locations).toEqual([
        's3://bucket/data/a.jsonl',
        's3://bucket/data/b & c+d.jsonl',
        's3://bucket/data/sub/e.txt',
      ]);
    expect((await expandInputs(['s3://bucket'])).locations).toHaveLength(4);
    expect((await expandInputs(['s3://bucket/data/a.jsonl'])).locations).toEqual([
      's3://bucket/data/a.jsonl',
    ]);
  });

  it.each([
    ['does not say where it goes on', ''],
    ['goes on where it began', '<NextContinuationToken>1</NextContinuationToken>'],
  ])('refuses a list that is cut short and %s: a corpus without the rest', async (_, next) => {
    const server = await startServer((_request, response) => {
      const object = '<Contents><Key>data/a.jsonl</Key><Size>1</Size></Contents>';
      response.end(`<ListBucketResult><IsTruncated>true</IsTruncated>${next}${object}</ListBucketResult>`);
    });
    vi.stubEnv('AWS_ENDPOINT_URL_S3', server.origin);
    await expect(expandInputs(['s3://bucket/data'])).rejects.toMatchObject({
      code: 'unreadable',
      message: "s3://bucket/data: the store's answer is no list of objects",
    });
    expect(server.requests.length).toBeLessThanOrEqual(2);
  });

  it('signs with the keys of the environment, else of the files, else not at all', async () => {
    const server = await store(OBJECTS);
    expect(await textsAt('s3://bucket/data/b & c+d.jsonl')).toEqual(['one', 'two']);
    expect(server.requests.at(-1)?.headers.authorization).toBeUndefined();
    const path = join(makeDirectory(), 'credentials');
    writeFileSync(
      path,
      '[default]\naws_access_key_id = FILE\naws_secret_access_key = s\n[other]\naws_access_key_id = OTHER\naws_secret_access_key = s\n',
    );
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', path);
    for (const [environment, id] of [
      [{}, 'FILE'],
      [{ AWS_PROFILE: 'other' }, 'OTHER'],
      [{ AWS_ACCESS_KEY_ID: 'ENV', AWS_SECRET_ACCESS_KEY: 's', AWS_REGION: 'eu-1' }, 'ENV'],
    ] as const) {
      for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
      expect(await textsAt('s3://bucket/data/a.jsonl')).toEqual(['one', 'two']);
      expect(server.requests.at(-1)?.headers.authorization).toContain(`Credential=${id}/`);
    }
    expect(server.requests.at(-1)?.headers.authorization).toContain('/eu-1/s3/');
  });

  it('says what is missing', async () => {
    await store(OBJECTS);
    await expect(textsAt('s3://bucket/none.jsonl')).rejects.toMatchObject({
      code: 'unreadable',
      reason: 'missing',
    });
    await expect(expandInputs(['s3://bucket/none'])).rejects.toMatchObject({ code: 'no-input' });
  });
});

describe('a bearer token', () => {
  it('goes to the origin that it is for, and to no other', async () => {
    const other = await startServer((request, response) => serveBytes(request, response, LINES));
    const server = await startServer((request, response) => {
      if (request.url === '/on') response.writeHead(302, { location: `${other.origin}/a` }).end();
      else serveBytes(request, response, LINES);
    });
    vi.stubEnv('COUNTERMARK_SOURCE_TOKEN', 'secret');
    vi.stubEnv('COUNTERMARK_SOURCE_TOKEN_ORIGIN', server.origin);
    for (const path of [`${server.origin}/a`, `${server.origin}/on`, `${other.origin}/b`])
      expect(await textsAt(path)).toEqual(['one', 'two']);
    expect(server.requests.every(({ headers }) => headers.authorization === 'Bearer secret')).toBe(true);
    expect(other.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it('may be in a file, and goes over nothing that others can read', async () => {
    const path = join(makeDirectory(), 'token');
    writeFileSync(path, 'secret\n');
    const server = await startServer((request, response) => serveBytes(request, response, LINES));
    vi.stubEnv('COUNTERMARK_SOURCE_TOKEN_FILE', path);
    vi.stubEnv('COUNTERMARK_SOURCE_TOKEN_ORIGIN', server.origin);
    await textsAt(`${server.origin}/a`);
    expect(server.requests.at(-1)?.headers.authorization).toBe('Bearer secret');
  });
});

describe('a source that fails', () => {
  const key = keyFrom('sources', 1000);
  const tools = { keys: [key], tokenizers: [] };
  const ids = Buffer.from(Uint16Array.from(randomIds(seededRandom('sources'), 400_000, 1000)).buffer);

  /** Scans what a server serves, whose answers fail as told by the number of the request, from 0. */
  async function scan(
    fault: (count: number) => { status?: number; headers?: Record<string, string>; cutAfter?: number },
  ) {
    let count = 0;
    const server = await startServer((request, response) => {
      const { status, headers, cutAfter } = request.method === 'HEAD' ? {} : fault(count++);
      if (status === undefined)
        serveBytes(request, response, ids, cutAfter === undefined ? {} : { cutAfter });
      else response.writeHead(status, headers).end();
    });
    const location = `${server.origin}/ids.bin?X-Amz-Signature=one`;
    const { reading } = await detectFileLayout(location, { idBytes: 2 });
    const manifest = await planScan([key], [{ location, reading }], { shardBytes: 200_000 });
    count = 0;
    const parts = [];
    for (const shard of manifest.shards.keys()) parts.push(await scanShard(manifest, shard, tools));
    const tokens = parts.reduce((sum, part) => sum + part.tokens, 0);
    return {
      tokens,
      parts: parts.map((part) =>
        Buffer.from(formatPart({ ...part, manifest: '0'.repeat(64) }, manifest.settings.sampleSize)).toString(
          'base64',
        ),
      ),
    };
  }

  it('gives the same parts, byte for byte, as one that does not', async () => {
    const whole = await scan(() => ({}));
    expect(whole.tokens).toBe(400_000);
    expect(whole.parts.length).toBe(4);
    for (const fault of [
      (count: number) => (count % 2 === 0 ? { status: 503 } : {}),
      (count: number) => (count % 3 === 0 ? { status: 429, headers: { 'retry-after': '0' } } : {}),
      (count: number) => (count % 2 === 0 ? { cutAfter: 50_001 } : {}),
      (count: number) => [{ status: 500 }, { cutAfter: 3 }, {}][count % 3] ?? {},
    ])
      expect(await scan(fault)).toEqual(whole);
  }, 240_000);

  it('says who has to be asked where a signature has expired, and names no signature', async () => {
    const server = await startServer((request, response) => {
      if (request.method === 'HEAD') serveBytes(request, response, ids);
      else response.writeHead(403).end();
    });
    const failed = detectFileLayout(`${server.origin}/ids.bin?X-Amz-Signature=secret`, { idBytes: 2 });
    await expect(failed).rejects.toMatchObject({ code: 'unreadable', reason: 'denied' });
    await expect(failed).rejects.not.toThrow(/secret/);
  });

  it('is the same corpus with a new signature, and another with another query', async () => {
    const server = await startServer((request, response) => serveBytes(request, response, ids));
    const digestOf = async (query: string): Promise<string> => {
      const location = `${server.origin}/ids.bin?${query}`;
      const { reading } = await detectFileLayout(location, { idBytes: 2 });
      return manifestDigest(await planScan([key], [{ location, reading }]));
    };
    const digest = await digestOf('file=1&X-Amz-Signature=one&X-Amz-Date=20261130T000000Z');
    expect(await digestOf('file=1&X-Amz-Signature=two&X-Amz-Date=20261201T000000Z')).toBe(digest);
    expect(await digestOf('file=2&X-Amz-Signature=one&X-Amz-Date=20261130T000000Z')).not.toBe(digest);
  });
});
