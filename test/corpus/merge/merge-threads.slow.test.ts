/** Merging in threads, by stretches of parts, and into several files or none: the same result, byte for byte. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type FileLayout,
  formatPart,
  type Manifest,
  type MergeOptions,
  mergeScan,
  planScan,
  type ScanSummary,
  scanShard,
  surveyParts,
} from '@countermark/corpus';
import { seededRandom } from '@countermark/watermark';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeDirectory } from '../../cli/fixtures.ts';
import { BYTE_KEY, BYTE_TOKENIZER } from '../../support/byte-tokenizer.ts';
import { markedIds } from '../../support/marked-ids.ts';
import { randomIds } from '../../support/random-key.ts';

const directory = makeDirectory();
const { vocabSize } = BYTE_TOKENIZER;
const key = BYTE_KEY;
const tools = { keys: [key], tokenizers: [BYTE_TOKENIZER] };
const IDS: FileLayout = {
  format: 'jsonl',
  compression: 'none',
  layout: { kind: 'ids', field: 'ids' },
  idField: 'id',
};
/** More parts than one stretch of either round takes, so that stretches are united. */
const SHARDS = 300;
let manifest: Manifest;
const parts = join(directory, 'parts');

// Marked documents, copies across shards, documents that are too short, and damaged records.
beforeAll(async () => {
  const random = seededRandom('merge in threads');
  const copied = Array.from({ length: 5 }, () => [...randomIds(random, 120, vocabSize)]);
  const marked = [...markedIds(key, undefined, 150, 1)];
  const files = Array.from({ length: SHARDS }, (_, i) => {
    const ids = [
      [...randomIds(random, 80, vocabSize)],
      copied[i % copied.length] ?? [],
      [...randomIds(random, 20, vocabSize)],
      ...(i % 50 === 0 ? [[...markedIds(key, undefined, 150, i + 2)], marked] : []),
    ];
    const lines = ids.map((one, at) => JSON.stringify({ ids: one, ...(at === 0 ? { id: `own ${i}` } : {}) }));
    const location = join(directory, `${i}.jsonl`);
    writeFileSync(location, `${[...lines, ...(i % 97 === 0 ? ['{"ids": [1'] : [])].join('\n')}\n`);
    return { location, reading: IDS };
  });
  manifest = await planScan([key], files, { groupAbove: SHARDS });
  expect(manifest.shards).toHaveLength(SHARDS);
  mkdirSync(parts);
  for (let shard = 0; shard < SHARDS; shard++) {
    const part = await scanShard(manifest, shard, tools);
    const file = join(parts, `part-${`${shard}`.padStart(6, '0')}.cmp`);
    writeFileSync(file, formatPart(part, manifest.settings.sampleSize));
  }
});

async function merged(out: string, options: MergeOptions = {}): Promise<ScanSummary> {
  const into = join(directory, out);
  mkdirSync(into, { recursive: true });
  const survey = await surveyParts([parts], SHARDS);
  return (await mergeScan(manifest, survey, tools, into, options)).summary;
}

interface Row {
  readonly id: string;
  readonly shard: number;
  readonly verdict: string;
  readonly content_hash: string;
}

async function rowsIn(out: string): Promise<Row[]> {
  const into = join(directory, out);
  const rows: Row[] = [];
  for (const file of readdirSync(into).sort())
    rows.push(
      ...((await parquetReadObjects({ file: await asyncBufferFromFile(join(into, file)) })) as Row[]),
    );
  return rows;
}

describe('mergeScan', () => {
  it('gives the same bytes with any number of threads', async () => {
    const one = await merged('one');
    const rows = await rowsIn('one');
    expect(one.documents).toBe(rows.length);
    expect(rows.map(({ shard }) => shard)).toEqual(rows.map(({ shard }) => shard).sort((a, b) => a - b));
    expect(one.detected).toBe(rows.filter(({ verdict }) => verdict === 'detected').length);
    expect(one.detected).toBeGreaterThanOrEqual(12);
    expect(one.contents.documents).toBe(new Set(rows.map(({ content_hash }) => content_hash)).size);
    expect(one.duplicates.largest[0]?.copies).toBe(SHARDS / 5);
    for (const threads of [2, 5]) {
      const several = await merged(`${threads}`, { threads });
      expect(several).toEqual(one);
      expect(readFileSync(join(directory, `${threads}`, 'documents.parquet'))).toEqual(
        readFileSync(join(directory, 'one', 'documents.parquet')),
      );
    }
  });

  it('writes several files of documents on request, the same rows in the same order', async () => {
    const one = await merged('whole');
    const several = await merged('several', { documentsPerFile: 700, threads: 2 });
    expect(several).toEqual(one);
    expect(readdirSync(join(directory, 'several')).sort()).toEqual([
      'documents-00000.parquet',
      'documents-00001.parquet',
    ]);
    expect(await rowsIn('several')).toEqual(await rowsIn('whole'));
  });

  it('writes detected documents alone, or none, with every figure as it is', async () => {
    const one = await merged('all');
    const rows = await rowsIn('all');
    expect(await merged('detected', { documents: 'detected' })).toEqual(one);
    expect(await rowsIn('detected')).toEqual(rows.filter(({ verdict }) => verdict === 'detected'));
    expect(await merged('none', { documents: 'none', threads: 2 })).toEqual(one);
    expect(readdirSync(join(directory, 'none'))).toEqual([]);
  });

  it('removes the files of an earlier table, and nobody else’s', async () => {
    await merged('again', { documentsPerFile: 700 });
    const foreign = join(directory, 'again', 'documents-00007.parquet');
    writeFileSync(foreign, 'notes');
    await merged('again');
    expect(readdirSync(join(directory, 'again')).sort()).toEqual([
      'documents-00007.parquet',
      'documents.parquet',
    ]);
    expect(readFileSync(foreign, 'utf8')).toBe('notes');
  });

  it('lists in any number of threads what does not fit, and writes nothing', async () => {
    const damaged = join(directory, 'damaged');
    mkdirSync(damaged);
    for (const file of readdirSync(parts))
      writeFileSync(join(damaged, file), readFileSync(join(parts, file)));
    writeFileSync(join(damaged, 'part-000007.cmp'), readFileSync(join(parts, 'part-000008.cmp')));
    writeFileSync(join(damaged, 'part-000280.cmp'), 'cut');
    for (const threads of [1, 3]) {
      const into = join(directory, `unfit-${threads}`);
      mkdirSync(into);
      const survey = await surveyParts([damaged], SHARDS);
      await expect(mergeScan(manifest, survey, tools, into, { threads })).rejects.toMatchObject({
        code: 'parts-unfit',
        details: [
          `${join(damaged, 'part-000007.cmp')}: belongs to another shard`,
          `${join(damaged, 'part-000280.cmp')}: not a whole part of a scan: it does not begin like one`,
        ],
      });
      expect(readdirSync(into)).toEqual([]);
    }
  });
});
