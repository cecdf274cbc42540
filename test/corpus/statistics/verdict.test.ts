/** How a scan's verdict is corrected: for its tests, its keys, and for having been watched. */
import type { ScanSummary } from '@countermark/corpus';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { markedIds } from '../../support/marked-ids.ts';
import { keyFrom, randomIds } from '../../support/random-key.ts';
import { inDirectory, type ScanIdsOptions, scanIds, writeCorpus } from '../../support/scan-ids.ts';

const VOCABULARY = 200;
const keys = ['one', 'two', 'three'].map((seed) => keyFrom(seed, VOCABULARY));
const [vendor] = keys;

/** Scans four files of which the last two have a marked document each. */
function scan(count: number, options: ScanIdsOptions = {}): Promise<ScanSummary> {
  const random = seededRandom('verdict');
  const files = Array.from({ length: 4 }, (_, file) => [
    ...Array.from({ length: 20 }, () => randomIds(random, 150, VOCABULARY)),
    ...(file < 2 ? [] : [markedIds(vendor!, undefined, 150, file)]),
  ]);
  return inDirectory(async (directory) => {
    const paths = await writeCorpus(directory, files);
    return (await scanIds(keys.slice(0, count), paths, directory, 'out', options)).summary;
  });
}

describe('the verdict of a scan', () => {
  it('takes the smaller of two p-values twice', async () => {
    const { keys: found, corrections, verdict } = await scan(1);
    const { pooled, documents, log10PValue } = found[0]!;
    expect(documents.log10PValue).toBe(-documents.log10EValue);
    expect(log10PValue).toBeCloseTo(Math.min(pooled.log10PValue, documents.log10PValue) + Math.log10(2), 12);
    expect(corrections[0]).toEqual({ method: 'bonferroni', over: 'tests', tests: 2 });
    expect(verdict).toBe('detected');
  });

  it('adjusts over keys as Holm does', async () => {
    const { keys: found, corrections } = await scan(3);
    const own = found.map(
      ({ pooled, documents }) => Math.min(pooled.log10PValue, documents.log10PValue) + Math.log10(2),
    );
    // The strongest times three; none is adjusted to less than its own value, or to more than 1.
    expect(found[0]!.log10PValue).toBeCloseTo(own[0]! + Math.log10(3), 12);
    for (const [i, { log10PValue }] of found.entries()) {
      expect(log10PValue).toBeGreaterThanOrEqual(Math.min(0, own[i]!));
      expect(log10PValue).toBeLessThanOrEqual(0);
    }
    expect(corrections[1]).toEqual({ method: 'holm', over: 'keys', tests: 3 });
    expect(found.map(({ verdict }) => verdict)).toEqual(['detected', 'not-detected', 'not-detected']);
  });

  it('counts four tests where a stop rule watched, whether or not it stopped the scan', async () => {
    const plain = await scan(1);
    const watched = await scan(1, { watched: true });
    expect(watched.shards.stopped).toBe(false);
    expect(watched.corrections[0]?.tests).toBe(4);
    expect(watched.keys[0]!.log10PValue).toBeCloseTo(plain.keys[0]!.log10PValue + Math.log10(2), 12);

    const stopped = await scan(1, { watched: true, merged: 3 });
    expect(stopped.shards).toMatchObject({ scanned: 3, planned: 4, stopped: true });
    const { pooled, documents, log10PValue } = stopped.keys[0]!;
    expect(pooled.log10PValue).toBe(Math.min(0, -pooled.log10EValue));
    expect(log10PValue).toBeCloseTo(Math.min(pooled.log10PValue, documents.log10PValue) + Math.log10(4), 12);
    expect((await scan(1, { merged: 3 })).corrections[0]?.tests).toBe(4);
  });

  it('divides the evidence of documents by all shards that were planned, where it stopped', async () => {
    const stopped = await scan(1, { watched: true, merged: 3 });
    const whole = await scan(1);
    // The marked document of the third shard is one of 21, and its shard one of 4; at the end there are two in 82.
    const { log10EValue } = stopped.top[0]!;
    expect(stopped.keys[0]!.documents.log10EValue).toBeCloseTo(log10EValue - Math.log10(21 * 4), 2);
    expect(whole.keys[0]!.documents.count).toBe(82);
  });

  it('is inconclusive of an empty corpus, and of one short document', async () => {
    await inDirectory(async (directory) => {
      const paths = await writeCorpus(directory, [[], [Uint32Array.of(1, 2, 3, 4, 5, 6)]]);
      const { summary } = await scanIds(keys, paths, directory, 'out', { alpha: 0.5 });
      expect(summary).toMatchObject({ verdict: 'inconclusive', documents: 1, conclusive: 0, detected: 0 });
      for (const { log10PValue, documents } of summary.keys) {
        expect(log10PValue).toBe(0);
        expect(documents).toEqual({ log10PValue: 0, log10EValue: 0, count: 0 });
      }
      expect(summary.share).toMatchObject({ documents: 0, estimate: 0, low: 0, high: 1 });
    });
  });
});
