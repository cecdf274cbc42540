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
} from '@countermark/corpus';
import { openScanRunner, type ScanOutcome, type ScanRunner } from '@countermark/corpus/driver';
import type { PlannedFile, WorkerSetup } from '@countermark/corpus/internal';
import { formatKeyFile } from '@countermark/watermark';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PATIENCE_MS } from '../../cli/command.ts';
import { makeDirectory } from '../../cli/fixtures.ts';
import { type Corpus, END, writeCorpus } from './runs.ts';

const FILES = 6;
const LONG = FILES;
const TIME_LIMIT_MS = 60_000;
const directory = makeDirectory();
let corpus: Corpus;
let manifest: Manifest;
let started = 0;
let runner: ScanRunner;
let parts: string;
let name = 0;

const count = (): void => {
  started++;
};

/** How shards of the corpus are scanned, into a directory of their own. */
function setup(): WorkerSetup {
  parts = join(directory, `parts-${name++}`);
  mkdirSync(parts);
  const keyFiles = [formatKeyFile(corpus.key)];
  return { manifest: formatManifest(manifest), keyFiles, tokenizers: [], parts, strict: false };
}

function bytesIn(location: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(location).map((file) => [file, readFileSync(join(location, file)).toString('base64')]),
  );
}

beforeAll(async () => {
  corpus = writeCorpus(directory, { files: FILES, documents: 5, tokens: 100 });
  const long = join(directory, 'long.jsonl');
  // Seconds for the long one; thousandths of one for the others. No run of ids is there twice: repeated ones are not scored.
  const idsOf = (length: number) => Array.from({ length }, (_, i) => Math.floor(i * i * Math.PI) % END);
  writeFileSync(
    long,
    [100, 3_000_000, 120].map((length) => `${JSON.stringify({ ids: idsOf(length) })}\n`).join(''),
  );
  const files: PlannedFile[] = [];
  for (const location of corpus.files) {
    const { reading } = await detectFileLayout(location, { idBytes: 2, endOfText: END });
    files.push({ location, reading });
  }
  files.push({ location: long, reading: (await detectFileLayout(long, { idsField: 'ids' })).reading });
  manifest = await planScan([corpus.key], files);
  process.on('worker', count);
}, PATIENCE_MS);

afterAll(() => {
  process.off('worker', count);
});

beforeEach(async () => {
  started = 0;
  runner = openScanRunner(setup(), 2);
});

afterEach(() => runner.close());

describe('ShardRunner', () => {
  it('scans list after list in the same threads, to the bytes of one list', async () => {
    const lists = [[0, 1], [2, 3], [4], [5]];
    const finished: number[] = [];
    for (const list of lists) {
      const onFinished = ({ shard }: ScanOutcome) => finished.push(shard);
      await runner.run(list, { threads: 2, timeLimitMs: TIME_LIMIT_MS, onFinished });
    }
    expect(started).toBe(2);
    expect(finished.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
    const found = bytesIn(parts);
    await runShards(setup(), [0, 1, 2, 3, 4, 5], { threads: 2, timeLimitMs: TIME_LIMIT_MS });
    expect(Object.keys(found)).toHaveLength(FILES);
    expect(found).toEqual(bytesIn(parts));
  });

  it('starts no more threads than a list is to have', async () => {
    await runner.run([0, 1, 2], { threads: 1, timeLimitMs: TIME_LIMIT_MS });
    expect(started).toBe(1);
  });

  it('goes on after a document that took too long, which cost its thread', async () => {
    await runner.run([LONG], { threads: 1, timeLimitMs: 300 });
    const part = await new PartStore(parts, manifestDigest(manifest)).read(LONG);
    expect(part?.failures).toMatchObject([{ record: 1, code: 'timed-out' }]);
    expect(part?.documents.length).toBe(2);
    expect(started).toBe(2);
    expect(runner.isOpen).toBe(true);
    await runner.run([0, 1], { threads: 1, timeLimitMs: TIME_LIMIT_MS });
    expect(started).toBe(2);
    expect(Object.keys(bytesIn(parts))).toHaveLength(3);
  });

  it('is closed by a shard that fails, and keeps the parts that are published', async () => {
    const file = corpus.files[FILES - 1] ?? '';
    const bytes = readFileSync(file);
    rmSync(file);
    const run = runner.run([0, FILES - 1, 2], { threads: 1, timeLimitMs: TIME_LIMIT_MS });
    await expect(run).rejects.toMatchObject({ code: 'ENOENT' });
    writeFileSync(file, bytes);
    expect(runner.isOpen).toBe(false);
    await expect(runner.run([2], { threads: 1, timeLimitMs: TIME_LIMIT_MS })).rejects.toThrow(TypeError);
    expect(Object.keys(bytesIn(parts))).toHaveLength(1);
  });

  it('is closed by a signal, and says what the signal says', async () => {
    const abort = new AbortController();
    const run = runner.run([LONG], { threads: 1, timeLimitMs: TIME_LIMIT_MS, signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough of it')), 300);
    await expect(run).rejects.toThrow('enough of it');
    expect(runner.isOpen).toBe(false);
    expect(bytesIn(parts)).toEqual({});
  });

  it('takes one list at a time, and fails it where it is closed meanwhile', async () => {
    const run = runner.run([LONG], { threads: 1, timeLimitMs: TIME_LIMIT_MS });
    const failed = expect(run).rejects.toThrow('the threads that scan were ended');
    await expect(runner.run([0], { threads: 1, timeLimitMs: TIME_LIMIT_MS })).rejects.toThrow(TypeError);
    expect(runner.isOpen).toBe(true);
    await runner.close();
    await failed;
    expect(bytesIn(parts)).toEqual({});
  });
});
