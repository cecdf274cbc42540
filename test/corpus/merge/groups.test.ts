/** Documents counted by the values of a field: in parts, in the summary, in the table and on the page. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  detectFileLayout,
  formatPart,
  type Manifest,
  type MergeOptions,
  mergeScan,
  planScan,
  type ScanSummary,
  scanShard,
  surveyParts,
} from '@countermark/corpus';
import { planInputs } from '@countermark/corpus/driver';
import { htmlScanReport } from '@countermark/corpus/internal';
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
const files = ['a.jsonl', 'b.jsonl'].map((file) => join(directory, file));
const parts = join(directory, 'parts');
let manifest: Manifest;

// Marked are four of twelve documents of "model-x" and none of the others; "short" has too few tokens, and some records have no value.
beforeAll(async () => {
  const random = seededRandom('groups');
  const ids = (length: number): number[] => [...randomIds(random, length, vocabSize)];
  const of = (i: number): object => {
    switch (i % 5) {
      case 0:
        return { ids: ids(200), meta: { source: 'books' } };
      case 1:
        return {
          ids: i % 3 === 0 ? [...markedIds(key, undefined, 150, i)] : ids(200),
          meta: { source: 'model-x' },
        };
      case 2:
        return { ids: ids(10), meta: { source: 'short' } };
      case 3:
        return { ids: ids(200), meta: { source: 7 } };
      default:
        return { ids: ids(200) };
    }
  };
  for (const [at, file] of files.entries()) {
    const lines = Array.from({ length: 30 }, (_, i) => JSON.stringify(of(at * 30 + i)));
    writeFileSync(file, `${lines.join('\n')}\n`);
  }
  const found = await Promise.all(
    files.map(async (location) => {
      const { reading } = await detectFileLayout(location, { idsField: 'ids', groupField: 'meta.source' });
      return { location, reading };
    }),
  );
  manifest = await planScan([key], found);
  mkdirSync(parts);
  for (const shard of manifest.shards.keys()) {
    const part = await scanShard(manifest, shard, tools);
    writeFileSync(join(parts, `part-00000${shard}.cmp`), formatPart(part, manifest.settings.sampleSize));
  }
});

async function merged(out: string, options: MergeOptions = {}): Promise<ScanSummary> {
  const into = join(directory, out);
  mkdirSync(into, { recursive: true });
  return (await mergeScan(manifest, await surveyParts([parts], 2), tools, into, options)).summary;
}

describe('documents by the values of a field', () => {
  it('have counts and a p-value of their own', async () => {
    const { groups, detected, documents } = await merged('one');
    expect(documents).toBe(60);
    expect(detected).toBe(4);
    expect(groups).toMatchObject({ left: 12 });
    expect(groups?.listed.map(({ name: value }) => value)).toEqual(['model-x', '7', 'books', 'short']);
    const [marked, ...others] = groups?.listed ?? [];
    expect(marked).toMatchObject({ documents: 12, conclusive: 12, detected: 4, verdict: 'detected' });
    // The largest of twelve e-values, each of 150 marked tokens, over twelve.
    expect(marked?.log10PValue).toBeLessThan(-6);
    for (const other of others) expect(other).toMatchObject({ documents: 12, detected: 0 });
    expect(others.map(({ verdict }) => verdict)).toEqual(['not-detected', 'not-detected', 'inconclusive']);
    // The p-value follows from the documents' own e-values, in the table: one over their mean, times four groups.
    const file = await asyncBufferFromFile(join(directory, 'one', 'documents.parquet'));
    const rows = (await parquetReadObjects({ file })) as { group: string | null; log10_e: number }[];
    const own = rows.filter(({ group }) => group === 'model-x').map(({ log10_e: value }) => 10 ** value);
    expect(own).toHaveLength(12);
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    expect(marked?.log10PValue).toBeCloseTo(Math.log10(4 / mean), 8);
    expect(rows.filter(({ group }) => group === null)).toHaveLength(12);
  });

  it('are the same with threads, and on the page', async () => {
    const one = await merged('again');
    expect(await merged('threads', { threads: 2 })).toEqual(one);
    const page = htmlScanReport(one, []);
    expect(page).toContain('meta.source');
    expect(page).toContain('<h2>Groups of documents</h2>');
    expect(htmlScanReport({ ...one, groups: undefined }, [])).not.toContain('Groups of documents');
  });

  it('are refused where no file has the field', async () => {
    const plan = planInputs(
      [key],
      { files },
      { reading: { idsField: 'ids', groupField: 'sauce' }, plan: {} },
    );
    await expect(plan).rejects.toMatchObject({
      code: 'layout-unknown',
      message: 'no file has the field sauce in its first records',
    });
  });

  it('leave a plan that does not ask for them as it was', async () => {
    const found = await Promise.all(files.map((location) => detectFileLayout(location, { idsField: 'ids' })));
    for (const { reading } of found) expect(reading).not.toHaveProperty('groupField');
    const plain = await planScan(
      [key],
      files.map((location, i) => ({ location, reading: found[i]?.reading ?? fail() })),
    );
    const part = await scanShard(plain, 0, tools);
    expect(part).not.toHaveProperty('groups');
  });
});

function fail(): never {
  throw new Error('there is no reading');
}
