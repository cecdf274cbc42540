/** Corpora of very many shards, and scans of many small files that are killed. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type FileLayout,
  formatManifest,
  formatPart,
  mergeScan,
  parseManifest,
  planScan,
  scanShard,
  surveyParts,
} from '@countermark/corpus';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { makeDirectory, writeKey } from '../../cli/fixtures.ts';
import { keyFrom, randomIds } from '../../support/random-key.ts';
import { killScans, partsIn, undisturbedTime } from './kills.ts';
import { END, resultOf, VOCAB } from './runs.ts';

const SHARDS = 150_000;
/** Shards of which parts are written. */
const MERGED = 10_000;
const directory = makeDirectory();
const key = keyFrom('many', VOCAB);
const tools = { keys: [key], tokenizers: [] };
const IDS: FileLayout = {
  format: 'bin',
  compression: 'none',
  layout: { kind: 'ids', field: '' },
  idBytes: 2,
};

describe(`${SHARDS} shards`, () => {
  it('of one file are planned, written and read', { timeout: 240_000 }, async () => {
    const location = join(directory, 'one.bin');
    writeFileSync(location, new Uint8Array(2 * SHARDS));
    const reading: FileLayout = { ...IDS, endOfText: END };
    const manifest = await planScan([key], [{ location, reading }], { shardBytes: 2 });
    expect(manifest.shards).toHaveLength(SHARDS);
    expect(parseManifest(formatManifest(manifest)).shards).toHaveLength(SHARDS);
  });

  it('are merged, as far as a test has time to write their parts', { timeout: 240_000 }, async () => {
    const location = join(directory, 'merged.bin');
    writeFileSync(location, new Uint8Array(2 * MERGED));
    const reading: FileLayout = { ...IDS, endOfText: END };
    const manifest = await planScan([key], [{ location, reading }], { shardBytes: 2 });
    const part = await scanShard(manifest, 0, tools);
    expect(part.documents.length).toBe(1);
    // The same part for each shard, as if they were all alike.
    const parts = join(directory, 'parts');
    mkdirSync(parts);
    for (let shard = 0; shard < MERGED; shard++) {
      const bytes = formatPart({ ...part, shard }, manifest.settings.sampleSize);
      writeFileSync(join(parts, `part-${`${shard}`.padStart(6, '0')}.cmp`), bytes);
    }
    const survey = await surveyParts([parts], MERGED);
    const { summary } = await mergeScan(manifest, survey, tools, directory);
    expect(summary).toMatchObject({
      records: MERGED * part.records,
      documents: MERGED,
      shards: { total: MERGED, scanned: MERGED },
      files: [{ documents: MERGED }],
    });
    expect(summary.duplicates).toMatchObject({ distinct: 1, exact: MERGED - 1 });
  });

  it('of a file each share shards', { timeout: 240_000 }, async () => {
    const location = join(directory, 'small.bin');
    writeFileSync(location, new Uint8Array(4));
    const files = Array.from({ length: SHARDS }, () => ({ location, reading: IDS }));
    const manifest = await planScan([key], files, {});
    expect(manifest.shards.length).toBeLessThan(600);
    expect(manifest.shards.reduce((sum, { files: own = 1 }) => sum + own, 0)).toBe(SHARDS);
  });
});

describe('a scan of many small files that is killed', () => {
  it('gives the same bytes in the end', { timeout: 600_000 }, async () => {
    const corpus = join(directory, 'corpus');
    mkdirSync(corpus);
    const keyFile = writeKey(join(directory, 'vendor.key'), key);
    const random = seededRandom('killed small files');
    for (let i = 0; i < 600; i++) {
      const line = JSON.stringify({ input_ids: [...randomIds(random, 60, END)] });
      writeFileSync(join(corpus, `${`${i}`.padStart(3, '0')}.jsonl`), `${line}\n`);
    }
    const scan = (out: string): string[] => [
      'scan',
      '--key',
      keyFile,
      '--out',
      out,
      '--threads',
      '2',
      corpus,
    ];
    const undisturbed = join(directory, 'undisturbed');
    const undisturbedMs = await undisturbedTime(scan(undisturbed));
    const { shards } = parseManifest(readFileSync(join(undisturbed, 'manifest.json'), 'utf8'));
    expect(shards.length).toBeLessThan(400);
    const { outs, parts } = await killScans({ scan, directory, kills: 8, undisturbedMs });
    expect(parts).toHaveLength(8);
    for (const out of outs) {
      expect(resultOf(out)).toEqual(resultOf(undisturbed));
      expect(partsIn(out)).toEqual(partsIn(undisturbed));
    }
  });
});
