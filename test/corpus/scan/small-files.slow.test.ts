/** Small files that share shards: the same documents, places, failures and verdicts as with a shard for each. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  type FileLayout,
  formatManifest,
  formatPart,
  type Manifest,
  mergeScan,
  type Part,
  parseManifest,
  planScan,
  type ScanSummary,
  scanShard,
  surveyParts,
} from '@countermark/corpus';
import { type PlannedFile, planShards } from '@countermark/corpus/internal';
import { seededRandom } from '@countermark/watermark';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { makeDirectory } from '../../cli/fixtures.ts';
import { BYTE_KEY, BYTE_TOKENIZER } from '../../support/byte-tokenizer.ts';
import { markedIds } from '../../support/marked-ids.ts';
import { randomIds } from '../../support/random-key.ts';

const directory = makeDirectory();
const key = BYTE_KEY;
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
  it.each([1, 2])('give what one shard for each gives (corpus %i)', async (seed) => {
    const name = `corpus-${seed}`;
    const files = writeFiles(name, 40);
    const alone = await planScan([key], files, { groupAbove: NEVER });
    expect(alone.shards).toHaveLength(40);
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
      expect(manifest.shards.length).toBeLessThan(how === 'all' ? 2 : 30);
      expect(parseManifest(formatManifest(manifest))).toEqual(manifest);
      expect(comparable(await scan(`${name}-${how}`, manifest))).toEqual(comparable(first));
      const again = await scan(`${name}-${how}-stuck`, manifest, stuck, records);
      expect(comparable(again)).toEqual(comparable(stuckAlone));
      expect(again.parts.map((part) => part.records).reduce((a, b) => a + b)).toBe(first.summary.records);
    }
  });

  it('are planned where there were more than 256 shards, in the order of the files, and no larger than asked for', async () => {
    const files = writeFiles('planned', 257);
    const few = await planShards(files.slice(0, 256));
    expect(few.map(({ location }) => location)).toEqual(files.slice(0, 256).map(({ location }) => location));
    expect(few.every((shard) => shard.files === undefined)).toBe(true);
    const thousand = await planShards(
      Array.from({ length: 1000 }, (_, i) => files[i % 2] ?? { location: '', reading: JSONL }),
    );
    expect(thousand.length).toBeGreaterThan(200);
    expect(thousand.length).toBeLessThan(520);
    const many = await planShards(files, { shardBytes: 12_000, groupAbove: 100 });
    const inOrder = many.flatMap((shard) => shard.files ?? [shard]).map(({ location }) => location);
    expect(inOrder).toEqual(files.map(({ location }) => location));
    expect(many.length).toBeLessThan(257);
    for (const { bytes = 0, files: grouped = [] } of many) {
      expect(bytes).toBeLessThanOrEqual(12_000);
      expect(grouped.reduce((sum, file) => sum + (file.bytes ?? 0), 0)).toBe(
        grouped.length === 0 ? 0 : bytes,
      );
    }
    await expect(planShards(files, { groupAbove: 0 })).rejects.toThrow(
      '"groupAbove" expected a positive integer, got 0',
    );
  });

  it('leave alone a file that is large, and one that is cut', async () => {
    const large = join(directory, 'large.jsonl');
    writeFileSync(large, `${JSON.stringify({ text: 'x'.repeat(100) })}\n`.repeat(12_000));
    const [one, two] = writeFiles('around', 4);
    const files = [one, two, { location: large, reading: JSONL }, ...writeFiles('after', 3)].filter(
      (file) => file !== undefined,
    );
    const manifest = await planScan([key], files, { groupAbove: 1 });
    expect(manifest.shards.map(({ file, files: grouped }) => [file, grouped])).toEqual([
      [0, 2],
      [2, undefined],
      [3, 3],
    ]);
    const cut = await planScan([key], files, { groupAbove: 1, shardBytes: 400_000 });
    const ranges = cut.shards.filter(({ range }) => range !== undefined);
    expect(ranges).toHaveLength(3);
    expect(ranges.every((shard) => shard.file === 2 && shard.files === undefined)).toBe(true);
  });

  it('are refused by their names where they are not what was planned', async () => {
    const files = writeFiles('changed', 12);
    const manifest = await planScan([key], files, { groupAbove: 1 });
    expect(manifest.shards).toHaveLength(1);
    appendFileSync(files[7]?.location ?? '', '\n');
    await expect(scanShard(manifest, 0, tools)).rejects.toMatchObject({
      code: 'changed',
      message: expect.stringContaining(
        `${files[7]?.location}: not what it was when the scan was planned: it had`,
      ),
    });
  });

  it('name the file and the line of a record that ends a strict scan', async () => {
    const good = `${JSON.stringify({ text: 'one two three' })}\n`;
    const files = [good, good + good, `${good}{"text": "cut of\n`].map((content, i) => {
      const location = join(directory, `strict-${i}.jsonl`);
      writeFileSync(location, content);
      return { location, reading: JSONL };
    });
    const manifest = await planScan([key], files, { groupAbove: 1 });
    await expect(scanShard(manifest, 0, tools, { strict: true })).rejects.toMatchObject({
      code: 'damaged',
      message: `${files[2]?.location}: line 2, byte ${good.length}: the record is not valid JSON`,
    });
    const stuck = { record: 1, code: 'timed-out' as const, message: 'took too long' };
    await expect(scanShard(manifest, 0, tools, { strict: true, refused: [stuck] })).rejects.toMatchObject({
      message: `${files[1]?.location}: record 1: took too long`,
    });
  });

  it('are refused where a part or a manifest says other than how many there are', async () => {
    const files = writeFiles('forged', 6);
    const manifest = await planScan([key], files, { groupAbove: 1 });
    const part = await scanShard(manifest, 0, tools);
    const mergeOf = async (name: string, forged: Part): Promise<unknown> => {
      const folder = join(directory, name);
      mkdirSync(folder);
      writeFileSync(join(folder, 'part-000000.cmp'), formatPart(forged, manifest.settings.sampleSize));
      const survey = await surveyParts([folder], 1);
      return mergeScan(manifest, survey, tools, folder).catch(({ details }: { details: unknown }) => details);
    };
    const [first, second, ...others] = part.files ?? [];
    expect(others).toHaveLength(4);
    if (first === undefined || second === undefined) return;
    expect(
      await mergeOf('moved', {
        ...part,
        files: [{ ...first, records: first.records + 1 }, second, ...others],
      }),
    ).toEqual([expect.stringContaining('what it says of its files does not add up to the whole')]);
    const united = {
      ...first,
      records: first.records + second.records,
      documents: first.documents + second.documents,
      failed: first.failed + second.failed,
      tokens: first.tokens + second.tokens,
      bytes: first.bytes + second.bytes,
    };
    expect(await mergeOf('united', { ...part, files: [united, ...others] })).toEqual([
      expect.stringContaining('is of another number of files'),
    ]);
    const text = formatManifest(manifest);
    expect(() => parseManifest(text.replace('"files": 6', '"files": 7'))).toThrow('shard 0 has no file');
    const ranged = {
      ...manifest,
      shards: [{ file: 0, files: 6, range: { unit: 'bytes', start: 0, end: 9 } }],
    };
    expect(() => parseManifest(JSON.stringify(ranged))).toThrow(
      'shard 0 has several files and a range of one',
    );
  });
});

describe('documents.parquet', () => {
  it('has the detected documents alone where that is asked for, and the result is the same', async () => {
    const files = writeFiles('detected', 30);
    const manifest = await planScan([key], files, { groupAbove: 1 });
    const all = await scan('detected-all', manifest);
    const folder = join(directory, 'detected-all');
    const survey = await surveyParts([folder], manifest.shards.length);
    const { summary } = await mergeScan(manifest, survey, tools, folder, { documents: 'detected' });
    expect(summary).toEqual(all.summary);
    const file = await asyncBufferFromFile(join(folder, 'documents.parquet'));
    const rows = (await parquetReadObjects({ file })).map(({ shard: _, ...row }) => row);
    expect(rows.length).toBe(summary.detected);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows).toEqual(all.rows.filter((row) => (row as { verdict: string }).verdict === 'detected'));
  });
});
