/** Small files that share shards: the same documents, places, failures and verdicts as with a shard for each. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  type FileLayout,
  formatManifest,
  formatPart,
  type Manifest,
  mergeScan,
  type Part,
  PartStore,
  type PlannedFile,
  parseManifest,
  planScan,
  planShards,
  type ScanSummary,
  scanShard,
  surveyParts,
} from '@countermark/corpus';
import { createParams, seededRandom, WatermarkKey } from '@countermark/watermark';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { makeDirectory } from '../../cli/fixtures.ts';
import { BYTE_TOKENIZER } from '../../support/byte-tokenizer.ts';
import { markedIds } from '../../support/marked-ids.ts';
import { randomIds } from '../../support/random-key.ts';

const directory = makeDirectory();
const { name, vocabSize, fingerprint } = BYTE_TOKENIZER;
const key = new WatermarkKey(
  createParams({ tokenizer: { name, vocabSize, fingerprint } }),
  new Uint8Array(32).fill(7),
);
const tools = { keys: [key], tokenizers: [BYTE_TOKENIZER] };
/** More shards than any test has: nothing is grouped. */
const NEVER = 10 ** 6;
const TEXT = { compression: 'none', layout: { kind: 'text', field: 'text' } } as const;
const JSONL: FileLayout = { format: 'jsonl', ...TEXT, idField: 'id' };
const IDS: FileLayout = { format: 'jsonl', compression: 'none', layout: { kind: 'ids', field: 'ids' } };
const LINES: FileLayout = { format: 'txt', ...TEXT, layout: { kind: 'text', field: '' }, textSplit: 'lines' };
const CSV: FileLayout = { format: 'csv', ...TEXT };
const WORDS =
  'the river was green and nobody answered before morning although a stone fell on the road'.split(' ');

type Random = () => number;
const below = (random: Random, n: number): number => Math.floor(n * random());
const sentence = (random: Random): string =>
  Array.from({ length: 20 + below(random, 30) }, () => WORDS[below(random, WORDS.length)]).join(' ');

/** One line of JSON, of which some are damaged, blank, without a text, or claim to be an assistant's. */
function lineOf(random: Random, i: number): string {
  switch (below(random, 8)) {
    case 0:
      return '{"text": "cut of';
    case 1:
      return '';
    case 2:
      return JSON.stringify({ other: 'nothing here' });
    case 3:
      return JSON.stringify({
        id: `own ${i}`,
        text: 'As an AI language model developed by OpenAI, I am ChatGPT.',
      });
    default:
      return JSON.stringify({ text: sentence(random), note: 'left out' });
  }
}

/** What a file of one of several kinds holds, and how it is read. Some are empty. */
function makeFile(
  random: Random,
  i: number,
): { name: string; content: string | Uint8Array; reading: FileLayout } {
  const lines = (make: () => string): string =>
    Array.from({ length: below(random, 6) }, () => `${make()}\n`).join('');
  switch (below(random, 6)) {
    case 0: {
      const ids = (): Uint32Array =>
        random() < 0.3
          ? markedIds(key, undefined, 150, i)
          : randomIds(random, 120, random() < 0.2 ? 300 : 256);
      return {
        name: `${i}.ids.jsonl`,
        content: lines(() => JSON.stringify({ ids: [...ids()] })),
        reading: IDS,
      };
    }
    case 1:
      return { name: `${i}.txt`, content: lines(() => sentence(random)), reading: LINES };
    case 2:
      return {
        name: `${i}.csv`,
        content: `n,text\n${lines(() => `${i},${sentence(random)}`)}`,
        reading: CSV,
      };
    case 3:
      return {
        name: `${i}.jsonl.gz`,
        content: gzipSync(lines(() => lineOf(random, i))),
        reading: { ...JSONL, compression: 'gzip' },
      };
    default:
      return { name: `${i}.jsonl`, content: lines(() => lineOf(random, i)), reading: JSONL };
  }
}

function writeFiles(name: string, count: number): PlannedFile[] {
  const random = seededRandom(name);
  mkdirSync(join(directory, name));
  return Array.from({ length: count }, (_, i) => {
    const { name: own, content, reading } = makeFile(random, i);
    const location = join(directory, name, own);
    writeFileSync(location, content);
    return { location, reading };
  });
}

interface Scanned {
  readonly manifest: Manifest;
  readonly parts: readonly Part[];
  readonly summary: ScanSummary;
  /** Rows of documents.parquet without the numbers of shards. */
  readonly rows: readonly unknown[];
}

/** Scans; of some records, by file and number in it, an earlier attempt is said to have been stopped. */
async function scan(
  name: string,
  manifest: Manifest,
  stuck: readonly { readonly file: number; readonly record: number }[] = [],
  records: readonly number[] = [],
): Promise<Scanned> {
  const folder = join(directory, name);
  mkdirSync(folder);
  const parts: Part[] = [];
  for (const [i, { file, files = 1 }] of manifest.shards.entries()) {
    const refused = stuck.flatMap((one) => {
      if (one.file < file || one.file >= file + files) return [];
      const before = records.slice(file, one.file).reduce((sum, count) => sum + count, 0);
      return [{ record: before + one.record, code: 'timed-out' as const, message: 'took too long' }];
    });
    const part = await scanShard(manifest, i, tools, { refused });
    parts.push(part);
    const bytes = formatPart(part, manifest.settings.sampleSize);
    writeFileSync(join(folder, `part-${`${i}`.padStart(6, '0')}.cmp`), bytes);
  }
  const survey = await surveyParts([folder], manifest.shards.length);
  const { summary } = await mergeScan(manifest, survey, tools, folder);
  const rows = await parquetReadObjects({
    file: await asyncBufferFromFile(join(folder, 'documents.parquet')),
  });
  return { manifest, parts, summary, rows: rows.map(({ shard: _, ...row }) => row) };
}

/** What does not depend on the cut into shards: all but the order of looking, and sums' last digits. */
function comparable({ summary, rows }: Scanned): unknown {
  const { manifest: _, finding: __, shards: ___, curve: ____, keys, ...rest } = summary;
  const tests = keys.map(({ pooled: { log10EValue: _own, ...pooled }, documents, ...one }) => ({
    ...one,
    pooled,
    documents: {
      count: documents.count,
      log10PValue: documents.log10PValue.toPrecision(12),
      log10EValue: documents.log10EValue.toPrecision(12),
    },
  }));
  return { rest, tests, rows };
}

describe('small files in shards together', () => {
  it.each([1, 2, 3, 4])('give what one shard for each gives (corpus %i)', async (seed) => {
    const name = `corpus-${seed}`;
    const files = writeFiles(name, 60);
    const alone = await planScan([key], files, { groupAbove: NEVER });
    expect(alone.shards).toHaveLength(60);
    const first = await scan(`${name}-alone`, alone);
    const records = first.parts.map((part) => part.records);
    // Three records that an earlier attempt was stopped by, of which two in one file.
    const many = records.findIndex((count) => count >= 3);
    const later = records.findIndex((count, i) => i > many && count >= 1);
    const stuck = [
      { file: many, record: 0 },
      { file: many, record: 2 },
      { file: later, record: 0 },
    ];
    const stuckAlone = await scan(`${name}-alone-stuck`, alone, stuck, records);
    expect(stuckAlone.summary.failures.byCode).toMatchObject({ 'timed-out': 3 });
    expect(first.summary.failures.records).toBeGreaterThan(0);
    expect(first.summary.detected).toBeGreaterThan(0);
    for (const [how, options] of [
      ['few', { groupAbove: 1, shardBytes: 25_000 }],
      ['all', { groupAbove: 1 }],
    ] as const) {
      const manifest = await planScan([key], files, options);
      expect(manifest.shards.length).toBeLessThan(how === 'all' ? 2 : 40);
      expect(parseManifest(formatManifest(manifest))).toEqual(manifest);
      expect(comparable(await scan(`${name}-${how}`, manifest))).toEqual(comparable(first));
      const again = await scan(`${name}-${how}-stuck`, manifest, stuck, records);
      expect(comparable(again)).toEqual(comparable(stuckAlone));
      expect(again.parts.map((part) => part.records).reduce((a, b) => a + b)).toBe(first.summary.records);
    }
  });
});
