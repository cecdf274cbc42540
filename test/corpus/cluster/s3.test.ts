import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PartStore, type S3Access, surveyParts } from '@countermark/corpus';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run } from '../../cli/command.ts';
import { CREDENTIALS, type Fault, type S3Store, startS3Store } from './s3-store.ts';
import {
  expectSameResult,
  makeSmallCorpus,
  READING,
  SHARDS,
  type SmallCorpus,
  succeed,
} from './small-corpus.ts';

const PLACE = 's3://scans/some (odd) prefix+é/of one';
const FOLDER = PLACE.slice('s3://scans/'.length);
const DIGEST = '0'.repeat(64);

let store: S3Store;
let access: S3Access;

beforeEach(async () => {
  store = await startS3Store();
  access = {
    endpoint: store.endpoint,
    region: CREDENTIALS.AWS_REGION,
    accessKeyId: CREDENTIALS.AWS_ACCESS_KEY_ID,
    secretAccessKey: CREDENTIALS.AWS_SECRET_ACCESS_KEY,
    sessionToken: CREDENTIALS.AWS_SESSION_TOKEN,
  };
});

afterEach(() => store.close());

describe('PartStore on s3://', () => {
  it('keeps what the first of two tasks published that meet', async () => {
    let waiting: (() => void)[] = [];
    store.beforePut = () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (waiting.length < 2) return;
        for (const go of waiting) go();
        waiting = [];
      });
    const tasks = ['one', 'two'].map((name) => [new PartStore(PLACE, DIGEST, access), name] as const);
    await Promise.all(tasks.map(([parts, name]) => parts.publish(3, Buffer.from(name))));
    expect(store.log.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect([...store.objects.keys()]).toEqual([`${FOLDER}/part-000003.cmp`]);
    const first = `${store.objects.get(`${FOLDER}/part-000003.cmp`)}`;
    store.beforePut = async () => undefined;
    await new PartStore(PLACE, DIGEST, access).publish(3, Buffer.from('three'));
    expect(`${store.objects.get(`${FOLDER}/part-000003.cmp`)}`).toBe(first);
  });

  it.each<[string, Fault]>([
    ['is overloaded', { status: 503, code: 'SlowDown' }],
    ['fails', { status: 500, code: 'InternalError' }],
    ['limits the rate', { status: 429, code: 'TooManyRequests' }],
    ['has another writer at the same name', { status: 409, code: 'ConditionalRequestConflict' }],
    ['closes the connection', 'drop'],
    ['loses the answer', 'drop after'],
  ])('publishes once where the store %s at first', async (_, fault) => {
    let faults = 2;
    store.fault = () => (faults-- > 0 ? fault : undefined);
    await new PartStore(PLACE, DIGEST, access).publish(0, Buffer.from('part'));
    expect(`${store.objects.get(`${FOLDER}/part-000000.cmp`)}`).toBe('part');
    expect(store.log.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('says that a part is missing, and tells that from a bucket that is', async () => {
    expect(await new PartStore(PLACE, DIGEST, access).read(0)).toBeUndefined();
    await expect(new PartStore('s3://other/x', DIGEST, access).read(0)).rejects.toMatchObject({
      code: 'unreadable',
      message: 's3://other/x/part-000000.cmp: the store answers 404 (NoSuchBucket)',
    });
  });

  it('refuses addresses that name no bucket, without repeating them', () => {
    for (const location of ['s3://', 's3:bucket', 's3://id:secret@bucket/x', 's3://b/../c', 's3://b//c']) {
      expect(() => new PartStore(location, DIGEST, access)).toThrow(RangeError);
      expect(() => new PartStore(location, DIGEST, access)).not.toThrow(/secret|\.\.\//);
    }
  });
});

describe('surveyParts on s3://', () => {
  it('reads every page of a list, and of it only parts right below the prefix', async () => {
    for (const name of ['0', '1', '2', '4', '9'])
      store.objects.set(`${FOLDER}/part-00000${name}.cmp`, Buffer.from('x'));
    store.objects.set(`${FOLDER}/deeper/part-000003.cmp`, Buffer.from('x'));
    store.objects.set(`${FOLDER}/notes.txt`, Buffer.from('x'));
    const { paths, missing, problems } = await surveyParts([PLACE], 5, access);
    expect([...paths.keys()]).toEqual([0, 1, 2, 4]);
    expect(missing).toEqual([3]);
    expect(problems).toEqual([`${PLACE}/part-000009.cmp: the scan has no shard 9`]);
    expect(store.log).toHaveLength(3);
  });

  it('reads a list and a part again whose answers were cut short', async () => {
    store.objects.set(`${FOLDER}/part-000000.cmp`, Buffer.from('x'.repeat(1000)));
    const seen = new Set<string>();
    store.fault = (_, path) => {
      if (seen.has(path)) return undefined;
      seen.add(path);
      return 'cut';
    };
    const survey = await surveyParts([PLACE], 1, access);
    await expect(survey.read(0, DIGEST)).rejects.toMatchObject({ code: 'part-damaged' });
    expect(store.log.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('refuses an answer that is no list', async () => {
    store.fault = () => ({ status: 200, code: 'Welcome' });
    await expect(surveyParts([PLACE], 1, access)).rejects.toMatchObject({ code: 'unreadable' });
  });
});

describe('countermark with --parts s3://', () => {
  let small: SmallCorpus;
  let manifest: string;
  let planned: string;

  beforeAll(async () => {
    small = await makeSmallCorpus();
    planned = join(small.directory, 'planned');
    manifest = join(planned, 'manifest.json');
    await succeed(['plan', small.corpus, '--key', small.key, '--out', planned, ...READING]);
  }, PATIENCE_MS);

  const scan = (): string[] => ['scan', '--manifest', manifest, '--key', small.key, '--parts', PLACE];
  const merge = (): string[] => ['merge', '--manifest', manifest, '--key', small.key, '--parts', PLACE];
  const status = (): string[] => ['status', '--manifest', manifest, '--parts', PLACE, '--format', 'json'];

  /** Puts the parts of one scan into the store. */
  function fill(): void {
    const parts = join(small.whole, 'parts');
    for (const name of readdirSync(parts))
      store.objects.set(`${FOLDER}/${name}`, readFileSync(join(parts, name)));
  }

  it('gives the bytes of one scan from tasks that race, with a store that fails now and then', async () => {
    let requests = 0;
    store.fault = () => (++requests % 4 === 0 ? { status: 503, code: 'SlowDown' } : undefined);
    const task = (index: number): Promise<string> =>
      succeed([...scan(), '--task', `${index}`, '--tasks', '2', '--threads', '1'], store.env);
    // The second is run twice, as a scheduler may.
    await Promise.all([task(0), task(1), task(1)]);
    expect(JSON.parse(await succeed(status(), store.env))).toEqual({
      object: 'scan-status',
      shards: SHARDS,
      done: SHARDS,
      missing: [],
      unfit: [],
    });
    await succeed(merge(), store.env);
    expectSameResult(planned, small.whole);
    expect(readdirSync(join(planned, 'parts'))).toEqual([]);
    for (const [name, bytes] of store.objects) {
      const own = readFileSync(join(small.whole, 'parts', name.slice(FOLDER.length + 1)));
      expect(bytes.equals(own), name).toBe(true);
    }
    expect(store.log.filter(({ status: code }) => code === 403)).toEqual([]);
    expect(store.log.filter(({ status: code }) => code === 503).length).toBeGreaterThan(3);
  });

  it('refuses a damaged object with exit status 4, and makes it again', async () => {
    fill();
    const name = `${FOLDER}/part-000002.cmp`;
    const good = store.objects.get(name) ?? Buffer.alloc(0);
    const bad = Buffer.from(good);
    bad[bad.length >> 1]! ^= 1;
    store.objects.set(name, bad);
    for (const args of [merge(), status()]) {
      const ended = await run(args, { env: store.env });
      expect(ended.status).toBe(4);
      expect(ended.stdout + ended.stderr).toContain(`s3://scans/${name}: not a whole part`);
    }
    await succeed(scan(), store.env);
    expect(store.objects.get(name)?.equals(good)).toBe(true);
    await succeed(merge(), store.env);
    expectSameResult(planned, small.whole);
  });

  it('refuses a part that is missing, and one of another shard, with exit status 4', async () => {
    fill();
    store.objects.set(
      `${FOLDER}/part-000001.cmp`,
      store.objects.get(`${FOLDER}/part-000000.cmp`) ?? Buffer.alloc(0),
    );
    store.objects.delete(`${FOLDER}/part-000004.cmp`);
    const { status: code, stderr } = await run(merge(), { env: store.env });
    expect(code).toBe(4);
    expect(stderr).toContain('part-000001.cmp: belongs to another shard');
    expect(stderr).toContain('shard 4 has no part');
  });

  it('ends with 74 where the store refuses or is not there, and tells no secret', async () => {
    fill();
    const secret = 'another/secret+of=nobody';
    for (const [env, why] of [
      [{ ...store.env, AWS_SECRET_ACCESS_KEY: secret }, 'the store answers 403 (SignatureDoesNotMatch)'],
      [{ ...store.env, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, 'the store does not answer'],
    ] as const) {
      const { status: code, stdout, stderr } = await run(merge(), { env });
      expect(code).toBe(74);
      expect(stderr).toBe(`countermark: ${PLACE}/: ${why}\n`);
      for (const word of [secret, ...Object.values(CREDENTIALS).slice(0, 3)])
        expect(stdout + stderr).not.toContain(word);
    }
  });

  it('names the variable that is missing or cannot be used, and not what it holds', async () => {
    for (const [name, value, more = {}] of [
      ['AWS_ACCESS_KEY_ID', ''],
      ['AWS_SECRET_ACCESS_KEY', ''],
      // Nowhere are any.
      ['AWS_ACCESS_KEY_ID', '', { AWS_SECRET_ACCESS_KEY: '' }],
      ['AWS_ENDPOINT_URL', 'http://me:hidden@127.0.0.1'],
    ] as const) {
      const { status: code, stderr } = await run(status(), { env: { ...store.env, [name]: value, ...more } });
      expect(code).toBe(2);
      expect(stderr).toContain(name);
      expect(stderr).not.toContain('hidden');
    }
  });

  it('takes the credentials of a container, where the environment has none itself', async () => {
    const server = createServer((_, response) => {
      response.end(
        JSON.stringify({
          AccessKeyId: CREDENTIALS.AWS_ACCESS_KEY_ID,
          SecretAccessKey: CREDENTIALS.AWS_SECRET_ACCESS_KEY,
          Token: CREDENTIALS.AWS_SESSION_TOKEN,
          Expiration: new Date(Date.now() + 3_600_000).toISOString(),
        }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const env = {
        ...store.env,
        AWS_ACCESS_KEY_ID: '',
        AWS_SECRET_ACCESS_KEY: '',
        AWS_SESSION_TOKEN: '',
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/`,
      };
      store.objects.clear();
      expect(await run(scan(), { env })).toMatchObject({ status: 0 });
      const out = join(small.directory, 'by-container');
      expect(await run([...merge(), '--threads', '2', '--out', out], { env })).toMatchObject({ status: 0 });
    } finally {
      server.close();
    }
  });

  it('takes parts in a store only, and only of a plan', async () => {
    for (const args of [
      ['status', '--manifest', 's3://scans/manifest.json'],
      ['plan', small.corpus, '--key', small.key, '--out', 's3://scans/x', ...READING],
      ['scan', small.corpus, '--key', small.key, '--parts', PLACE, ...READING],
    ]) {
      const { status: code, stderr } = await run(args, { env: store.env });
      expect(code).toBe(2);
      expect(stderr).toContain('--parts');
    }
  });
});
