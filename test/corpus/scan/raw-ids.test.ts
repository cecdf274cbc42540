/** Marked answers in raw token ids of which nothing says where documents end, and in long documents: found by the plan that nobody asked for. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { detectFileLayout, type ScanSummary } from '@countermark/corpus';
import type { DetectedLayout } from '@countermark/corpus/internal';
import { Detector } from '@countermark/detector';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { markedAnswers } from '../../support/marked-ids.ts';
import { keyFrom } from '../../support/random-key.ts';
import { rawIds, zipfIds } from '../../support/raw-ids.ts';
import { inDirectory, scanIds } from '../../support/scan-ids.ts';

const VOCABULARY = 2000;
const PIECE = 1024;
const key = keyFrom('raw ids', VOCABULARY);
const answers = markedAnswers(key, [undefined, undefined, undefined], 300, 'raw');
const stream = zipfIds(seededRandom('stream'), 150_000, VOCABULARY);

/** The answers that overlap one of the strongest documents which begin within `length` ids before it. */
function namedPlaces({ top }: ScanSummary, places: readonly number[], length: number): number[] {
  return places.filter((place) =>
    top.some(({ byteOffset = Number.NaN }) => {
      const start = byteOffset / 2;
      return start < place + 300 && place < start + length;
    }),
  );
}

describe('a scan of raw token ids in which nothing ends a document', () => {
  it('finds answers of 300 ids, and names them by where their piece begins', async () => {
    const { ids, places } = rawIds(stream, 6000, answers, 'raw');
    expect(ids.length).toBeGreaterThan(300_000);
    await inDirectory(async (directory) => {
      const path = join(directory, 'ids.bin');
      writeFileSync(path, ids);
      const { reading, description }: DetectedLayout = await detectFileLayout(path);
      expect(reading).toMatchObject({ format: 'bin', idBytes: 2, pieceTokens: PIECE });
      expect(description).toBe('token ids of 16 bits, no id ends a document: pieces of 1,024 ids');
      const { summary, manifest } = await scanIds([key], [path], directory, 'default', { reading });
      expect(manifest.settings.windowTokens).toBe(1024);
      expect(summary.documents).toBe(Math.ceil(ids.length / PIECE));
      expect(summary.verdict).toBe('detected');
      expect(namedPlaces(summary, places, PIECE)).toEqual(places);
      // Each answer is in two pieces at most, and nothing else is detected: the level allows for a thousandth of a document.
      expect(summary.detected).toBeLessThanOrEqual(2 * places.length);
      for (const { byteOffset = Number.NaN, log10PValue } of summary.top) {
        expect(byteOffset % (2 * PIECE)).toBe(0);
        expect(places.some((place) => byteOffset / 2 < place + 300 && place < byteOffset / 2 + PIECE)).toBe(
          true,
        );
        expect(log10PValue).toBeLessThan(-6);
      }
    });
  });

  it('finds them with an end-of-text id, in documents of 60,000 ids; without windows each drowns', async () => {
    const { ids, places } = rawIds(stream, 6000, answers, 'raw');
    const end = VOCABULARY - 1;
    for (let at = 0; at < ids.length; at++) if (ids[at] === end) ids[at] = 0;
    for (let at = 59_999; at < ids.length; at += 60_000) ids[at] = end;
    await inDirectory(async (directory) => {
      const path = join(directory, 'ids.bin');
      writeFileSync(path, ids);
      const tokenName = async (id: number): Promise<string> => (id === end ? '<|endoftext|>' : `t${id}`);
      const { reading } = await detectFileLayout(path, { tokenName });
      expect(reading.endOfText).toBe(end);
      expect(reading.pieceTokens).toBeUndefined();
      const { summary } = await scanIds([key], [path], directory, 'default', { reading });
      expect(summary.verdict).toBe('detected');
      expect(namedPlaces(summary, places, 60_000)).toEqual(places);
      const before = await scanIds([key], [path], directory, 'whole', { reading, windowTokens: 0 });
      expect(before.manifest.settings).not.toHaveProperty('windowTokens');
      // Of the same documents the p-values are those of `detect`, as they ever were.
      const detector = new Detector([key]);
      for (const { byteOffset = Number.NaN, log10PValue } of before.summary.top) {
        const document = Uint32Array.from(ids.subarray(byteOffset / 2, byteOffset / 2 + 59_999));
        expect(log10PValue).toBe(detector.detect(document).log10PValue);
      }
      detector.close();
      const strongest = ({ top }: ScanSummary): number => top[0]?.log10PValue ?? 0;
      expect(strongest(summary)).toBeLessThan(strongest(before.summary) - 10);
    });
  });

  it('detects nothing under another key', async () => {
    const { ids } = rawIds(stream, 3000, answers, 'raw');
    await inDirectory(async (directory) => {
      const path = join(directory, 'ids.bin');
      writeFileSync(path, ids);
      const { reading } = await detectFileLayout(path);
      const { summary } = await scanIds([keyFrom('control', VOCABULARY)], [path], directory, 'out', {
        reading,
      });
      expect(summary).toMatchObject({ verdict: 'not-detected', detected: 0 });
    });
  });
});
