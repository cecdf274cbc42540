/** Which shards are still to be scanned: told cheaply, and no damaged part is ever taken for one. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  detectFileLayout,
  formatManifest,
  type Manifest,
  manifestDigest,
  PartStore,
  planScan,
  runShards,
  type S3Access,
} from '@countermark/corpus';
import { missingShards, type ScanOutcome } from '@countermark/corpus/driver';
import type { PlannedFile } from '@countermark/corpus/internal';
import { formatKeyFile } from '@countermark/watermark';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PATIENCE_MS } from '../../cli/command.ts';
import { makeDirectory } from '../../cli/fixtures.ts';
import { CREDENTIALS, type S3Store, startS3Store } from '../cluster/s3-store.ts';
import { END, writeCorpus } from './runs.ts';

const FILES = 5;
const SHARDS = [0, 1, 2, 3, 4];
const directory = makeDirectory();
const made = join(directory, 'made');
const parts = join(directory, 'parts');
const nameOf = (shard: number): string => `part-00000${shard}.cmp`;
let manifest: Manifest;
let digest: string;

beforeAll(async () => {
  const corpus = writeCorpus(directory, { files: FILES, documents: 4, tokens: 100 });
  const files: PlannedFile[] = [];
  for (const location of corpus.files) {
    const { reading } = await detectFileLayout(location, { idBytes: 2, endOfText: END });
    files.push({ location, reading });
  }
  manifest = await planScan([corpus.key], files);
  digest = manifestDigest(manifest);
  mkdirSync(made);
  await runShards(
    {
      manifest: formatManifest(manifest),
      keyFiles: [formatKeyFile(corpus.key)],
      tokenizers: [],
      parts: made,
      strict: false,
    },
    SHARDS,
    { threads: 2, timeLimitMs: 60_000 },
  );
}, PATIENCE_MS);

const bytesOf = (shard: number): Buffer => readFileSync(join(made, nameOf(shard)));

/** A part of which the byte in the middle is another. */
function damaged(shard: number): Buffer {
  const bytes = bytesOf(shard);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  return bytes;
}

describe('missingShards of a directory', () => {
  beforeEach(() => {
    rmSync(parts, { recursive: true, force: true });
    mkdirSync(parts);
    for (const shard of SHARDS) writeFileSync(join(parts, nameOf(shard)), bytesOf(shard));
  });

  it('lists none where all are there, whatever else is', async () => {
    writeFileSync(join(parts, 'notes.txt'), 'x');
    expect(await missingShards(new PartStore(parts, digest), SHARDS)).toEqual([]);
    expect(await missingShards(new PartStore(parts, digest), [3, 1])).toEqual([]);
  });

  it('lists those that are not there, and removes damaged ones to list them too', async () => {
    rmSync(join(parts, nameOf(4)));
    writeFileSync(join(parts, nameOf(0)), damaged(0));
    writeFileSync(join(parts, nameOf(2)), bytesOf(2).subarray(0, -1));
    writeFileSync(join(parts, nameOf(3)), '');
    const store = new PartStore(parts, digest);
    expect(await missingShards(store, SHARDS)).toEqual([0, 2, 3, 4]);
    expect(readdirSync(parts)).toEqual([nameOf(1)]);
  });

  it('refuses parts of another shard or scan, and names the first', async () => {
    writeFileSync(join(parts, nameOf(1)), bytesOf(2));
    await expect(missingShards(new PartStore(parts, digest), SHARDS)).rejects.toMatchObject({
      code: 'parts-unfit',
      message: `${join(parts, nameOf(1))}: belongs to another shard`,
    });
    await expect(missingShards(new PartStore(parts, '0'.repeat(64)), [4, 3])).rejects.toMatchObject({
      code: 'parts-unfit',
      message: expect.stringContaining(`${nameOf(4)}: belongs to another scan`),
    });
    expect(readdirSync(parts)).toHaveLength(FILES);
  });

  it('tells what each part that is there came to, and waits for whoever is told', async () => {
    writeFileSync(join(parts, nameOf(1)), damaged(1));
    const told: ScanOutcome[] = [];
    let under = 0;
    const missing = await missingShards(new PartStore(parts, digest), SHARDS, {
      async onDone(outcome) {
        expect(++under).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        told.push(outcome);
        under--;
      },
    });
    expect(missing).toEqual([1]);
    expect(told.map(({ shard }) => shard)).toEqual([0, 2, 3, 4]);
    expect(told[0]).toMatchObject({ documents: 4, tokens: 400, failed: 0, strong: 0 });
  });

  it('is ended by its signal', async () => {
    const signal = AbortSignal.abort(new Error('enough of it'));
    await expect(missingShards(new PartStore(parts, digest), SHARDS, { signal })).rejects.toThrow(
      'enough of it',
    );
  });
});

describe('missingShards of a store', () => {
  const PLACE = 's3://scans/of one';
  const keyOf = (shard: number): string => `of one/${nameOf(shard)}`;
  let s3: S3Store;
  let access: S3Access;
  let store: PartStore;

  beforeEach(async () => {
    s3 = await startS3Store();
    access = {
      endpoint: s3.endpoint,
      region: CREDENTIALS.AWS_REGION,
      accessKeyId: CREDENTIALS.AWS_ACCESS_KEY_ID,
      secretAccessKey: CREDENTIALS.AWS_SECRET_ACCESS_KEY,
      sessionToken: CREDENTIALS.AWS_SESSION_TOKEN,
    };
    store = new PartStore(PLACE, digest, access);
    for (const shard of SHARDS.slice(0, 4)) await store.publish(shard, bytesOf(shard));
    s3.log.splice(0);
  });

  afterEach(() => s3.close());

  const asked = (method: string): number => s3.log.filter((one) => one.method === method).length;

  it('reads no part that the store vouches for', async () => {
    expect(await missingShards(store, SHARDS)).toEqual([4]);
    // Two names a page.
    expect([asked('GET'), asked('HEAD')]).toEqual([2, 4]);
  });

  it('reads a part whose bytes are not those that were published, or of which nobody says whose it is', async () => {
    s3.objects.set(keyOf(1), damaged(1));
    s3.metadata.delete(keyOf(2));
    expect(await missingShards(store, SHARDS)).toEqual([1, 4]);
    expect(asked('GET')).toBe(2 + 2);
    expect([...s3.objects.keys()]).not.toContain(keyOf(1));
  });

  it('reads parts of a store whose ETags say nothing of the bytes', async () => {
    s3.etagOf = () => '"opaque"';
    s3.objects.set(keyOf(3), damaged(3));
    expect(await missingShards(store, SHARDS)).toEqual([3, 4]);
  });

  it('takes no part of another scan or shard for one, whatever vouches for it', async () => {
    await expect(missingShards(new PartStore(PLACE, '0'.repeat(64), access), [0])).rejects.toMatchObject({
      code: 'parts-unfit',
      message: expect.stringContaining('another scan'),
    });
    s3.objects.set(keyOf(0), s3.objects.get(keyOf(1)) ?? Buffer.alloc(0));
    s3.metadata.set(keyOf(0), s3.metadata.get(keyOf(1)) ?? '');
    await expect(missingShards(store, SHARDS)).rejects.toMatchObject({
      message: `s3://scans/${keyOf(0)}: belongs to another shard`,
    });
  });
});
