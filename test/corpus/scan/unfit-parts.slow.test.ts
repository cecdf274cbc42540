import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { CorpusError, formatManifest, mergeScan, parseManifest, surveyParts } from '@countermark/corpus';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run } from '../../cli/command.ts';
import { makeDirectory, writeKey } from '../../cli/fixtures.ts';
import { keyFrom } from '../../support/random-key.ts';
import { partOf, resultOf, resultsIn, scanArgs, succeed, VOCAB, writeCorpus } from './runs.ts';

const directory = makeDirectory();
const corpus = writeCorpus(directory, { files: 4, documents: 4, tokens: 80 });
const whole = join(directory, 'whole');
let digests: Record<string, string>;

beforeAll(async () => {
  await succeed(scanArgs(corpus, whole, '--threads', '1'));
  digests = resultOf(whole);
}, PATIENCE_MS);

/** Copies the scan without its result. */
function copyOf(name: string): string {
  const copy = join(directory, name);
  cpSync(whole, copy, { recursive: true });
  for (const file of resultsIn(copy)) rmSync(join(copy, file));
  return copy;
}

function merge(scan: string, ...more: readonly string[]): ReturnType<typeof run> {
  return run(['merge', '--manifest', join(scan, 'manifest.json'), '--key', corpus.keyFile, ...more]);
}

/** Merges in this process, and returns what is said against it. */
async function faultsOf(scan: string): Promise<readonly string[]> {
  const manifest = parseManifest(readFileSync(join(scan, 'manifest.json'), 'utf8'));
  const survey = await surveyParts([join(scan, 'parts')], manifest.shards.length);
  try {
    await mergeScan(manifest, survey, { keys: [corpus.key], tokenizers: [] }, scan);
    return [];
  } catch (error) {
    if (!(error instanceof CorpusError) || error.code !== 'parts-unfit') throw error;
    return error.details;
  }
}

describe('a damaged part', () => {
  const DAMAGED = 'not a whole part of a scan: ';

  it('is refused and named wherever one bit of it is flipped', async () => {
    const scan = copyOf('flipped');
    const path = partOf(scan, 2);
    const bytes = readFileSync(path);
    const tail = bytes.length - 1;
    const places = [0, 18, 19, 22, 23, 400, bytes.length >> 1, tail - 32, tail - 31, tail];
    for (const [i, at] of places.entries()) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (i % 8));
      writeFileSync(path, flipped);
      const faults = await faultsOf(scan);
      expect(faults, `byte ${at}`).toEqual([expect.stringContaining(`${path}: ${DAMAGED}`)]);
    }
    expect(resultsIn(scan)).toEqual([]);
  });

  it('is refused and named wherever it is cut short, or goes on', async () => {
    const scan = copyOf('cut');
    const path = partOf(scan, 0);
    const { length } = readFileSync(path);
    for (const left of [length - 1, length - 33, length >> 1, 30, 19, 5, 0]) {
      truncateSync(path, left);
      const faults = await faultsOf(scan);
      expect(faults, `${left} bytes`).toEqual([expect.stringContaining(`${path}: ${DAMAGED}`)]);
    }
    writeFileSync(path, Buffer.concat([readFileSync(partOf(whole, 0)), Buffer.alloc(1)]));
    expect(await faultsOf(scan)).toEqual([expect.stringContaining(`${path}: ${DAMAGED}`)]);
    expect(resultsIn(scan)).toEqual([]);
  });

  it('ends merge and status with status 4, and a scan makes it again', async () => {
    const scan = copyOf('repaired');
    truncateSync(partOf(scan, 1), 100);
    const merged = await merge(scan);
    expect(merged).toMatchObject({ status: 4, stdout: '' });
    expect(merged.stderr.split('\n')).toEqual(
      [
        expect.stringContaining('no tokenizer'),
        'countermark: the parts do not make a whole scan',
        `  ${partOf(scan, 1)}: ${DAMAGED}it was cut short or changed`,
        '',
      ].slice(merged.stderr.startsWith('no tokenizer') ? 0 : 1),
    );
    expect(resultsIn(scan)).toEqual([]);
    rmSync(partOf(scan, 3));
    const unfit = `${partOf(scan, 1)}: ${DAMAGED}it was cut short or changed`;
    const args = ['status', '--manifest', join(scan, 'manifest.json')];
    expect(await run(args)).toMatchObject({
      status: 4,
      stdout: `2 of 4 shards have a part\nmissing: 3\nunfit: ${unfit}\n`,
    });
    const json = await run([...args, '--format', 'json']);
    expect(json.status).toBe(4);
    expect(JSON.parse(json.stdout)).toEqual({
      object: 'scan-status',
      shards: 4,
      done: 2,
      missing: [3],
      unfit: [unfit],
    });
    await succeed(scanArgs(corpus, scan));
    expect(resultOf(scan)).toEqual(digests);
  });
});

describe('merge', () => {
  it('lists every part that is missing, double or of another shard, and writes nothing', async () => {
    const scan = copyOf('listed');
    rmSync(partOf(scan, 0));
    copyFileSync(partOf(scan, 1), partOf(scan, 3));
    const second = join(directory, 'second');
    mkdirSync(second);
    copyFileSync(partOf(whole, 2), join(second, 'part-000002.cmp'));
    copyFileSync(partOf(whole, 2), join(second, 'part-000009.cmp'));
    const out = join(directory, 'listed-out');
    const parts = join(scan, 'parts');
    const { status, stdout, stderr } = await merge(scan, '--parts', parts, '--parts', second, '--out', out);
    expect({ status, stdout }).toEqual({ status: 4, stdout: '' });
    expect(stderr.trimEnd().split('\n').slice(-5)).toEqual([
      'countermark: the parts do not make a whole scan',
      `  ${join(second, 'part-000002.cmp')}: shard 2 is in ${partOf(scan, 2)} already`,
      `  ${join(second, 'part-000009.cmp')}: the scan has no shard 9`,
      '  shard 0 has no part',
      `  ${partOf(scan, 3)}: belongs to another shard`,
    ]);
    expect(readdirSync(out)).toEqual([]);
  });

  it('refuses parts of a scan of another key, of other settings, or of other files', async () => {
    const other = writeKey(join(directory, 'other.key'), keyFrom('other', VOCAB));
    const others = {
      'other-key': ['scan', '--key', other, '--id-bytes', '2', '--end-of-text', '999', corpus.path],
      'other-settings': [...scanArgs(corpus, ''), '--min-tokens', '20'],
      'other-files': [...scanArgs({ ...corpus, path: corpus.files[0] ?? '' }, '')],
    };
    await Promise.all(
      Object.entries(others).map(async ([name, args]) => {
        await succeed([
          ...args.filter((word) => word !== '--out' && word !== ''),
          '--out',
          join(directory, name),
        ]);
        const scan = copyOf(`with-${name}`);
        copyFileSync(partOf(join(directory, name), 0), partOf(scan, 0));
        expect(await faultsOf(scan), name).toEqual([
          `${partOf(scan, 0)}: belongs to another scan: other files, keys, settings or release`,
        ]);
        expect(resultsIn(scan)).toEqual([]);
      }),
    );
    // Nor does a scan take them for its own.
    const { status, stderr } = await run(scanArgs(corpus, join(directory, 'with-other-key')));
    expect(status).toBe(4);
    expect(stderr).toContain('belongs to another scan');
  });

  it('refuses another key, and the manifest of another release', async () => {
    const scan = copyOf('released');
    const manifest = join(scan, 'manifest.json');
    const other = writeKey(join(directory, 'foreign.key'), keyFrom('foreign', VOCAB));
    const foreign = await run(['merge', '--manifest', manifest, '--key', other]);
    expect(foreign.status).toBe(4);
    expect(foreign.stderr).toContain(`the scan is of key ${corpus.key.keyId}, which was not given`);
    const parsed = parseManifest(readFileSync(manifest, 'utf8'));
    writeFileSync(manifest, formatManifest({ ...parsed, software: 'countermark-corpus 0' }));
    const released = await merge(scan);
    expect(released.status).toBe(4);
    expect(released.stderr).toContain(
      'the manifest was made by countermark-corpus 0, and this is countermark-corpus 1',
    );
    expect(resultsIn(scan)).toEqual([]);
  });

  it('refuses parts whose manifest was changed since', async () => {
    const scan = copyOf('changed');
    const path = join(scan, 'manifest.json');
    const parsed = parseManifest(readFileSync(path, 'utf8'));
    writeFileSync(path, formatManifest({ ...parsed, settings: { ...parsed.settings, alpha: 0.5 } }));
    expect(await faultsOf(scan)).toEqual(
      [0, 1, 2, 3].map(
        (shard) => `${partOf(scan, shard)}: belongs to another scan: other files, keys, settings or release`,
      ),
    );
    expect(resultsIn(scan)).toEqual([]);
  });
});
