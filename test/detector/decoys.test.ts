/** Decoy keys: the rank holds for any statistic, and the alarm tells a document whose p-values do not. */
import { Detector, type DetectorOptions } from '@countermark/detector';
import { binomialTailLog10, errUpwards } from '@countermark/detector/stats';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { markedIds } from '../support/marked-ids.ts';
import { keyFrom, randomIds, SCHEMES, secretFrom } from '../support/random-key.ts';

const VOCABULARY = 256;

function secrets(seed: number | string): () => Uint8Array {
  const random = seededRandom(seed);
  return () => secretFrom(random);
}

function decoysOf(key: ReturnType<typeof keyFrom>, ids: Uint32Array, options: DetectorOptions) {
  const detector = new Detector([key], options);
  try {
    return detector.detect(ids).decoys!;
  } finally {
    detector.close();
  }
}

// Twelve different tuples, forty times over.
const template = Uint32Array.from({ length: 480 }, (_, i) => i % 12);

describe('decoy keys', () => {
  it.each(SCHEMES)('rank a marked document first ($kind)', (scheme) => {
    const key = keyFrom(1, VOCABULARY, { scheme });
    const decoys = decoysOf(key, markedIds(key, undefined, 300, 'rank'), {
      decoys: { count: 99, secret: secrets(2) },
    });
    expect(decoys).toMatchObject({ count: 99, atLeastAsStrong: 0, log10RankPValue: -2, alarm: false });
  });

  it('count a tie against the key', () => {
    // Four tokens have no full context: nothing is scored, and every p-value is 1.
    const decoys = decoysOf(keyFrom(1, VOCABULARY), new Uint32Array(4), { decoys: { count: 10 } });
    expect(decoys).toMatchObject({ atLeastAsStrong: 10, log10RankPValue: 0, belowOnePercent: 0 });
  });

  it('give a uniform rank where p-values are false', () => {
    // Rank p-values with R = 9 are uniform on 0.1 … 1. Of 200 keys, the number at or below 0.1 is at most Binomial(200, 0.1);
    // more than 45 has probability below 1e-6. Raw p-values of the same keys are below 0.1 far more often.
    const detections = Array.from({ length: 200 }, (_, i) => {
      const options = { dedup: 'none', decoys: { count: 9, secret: secrets(`d${i}`) } } as const;
      const detector = new Detector([keyFrom(`k${i}`, VOCABULARY)], options);
      const detection = detector.detect(template);
      detector.close();
      return detection;
    });
    const first = detections.filter(({ decoys }) => decoys!.log10RankPValue <= -1).length;
    expect(binomialTailLog10(200, 46, 429_496_730)).toBeLessThan(-6);
    expect(first).toBeLessThanOrEqual(45);
    expect(first).toBeGreaterThan(0);
    expect(detections.filter(({ log10RawPValue }) => log10RawPValue <= -1).length).toBeGreaterThan(45);
  });

  it('raise the alarm on a template whose repetitions count', () => {
    const decoys = { count: 200, secret: secrets(3) };
    expect(decoysOf(keyFrom(1, VOCABULARY), template, { dedup: 'none', decoys }).alarm).toBe(true);
  });

  it('raise none on the same template counted once, nor on ordinary text', () => {
    // A false alarm has probability at most 1e-6 for each.
    for (const ids of [template, randomIds(seededRandom(4), 500, VOCABULARY)]) {
      const { alarm, belowOnePercent, log10AlarmPValue } = decoysOf(keyFrom(1, VOCABULARY), ids, {
        decoys: { count: 200, secret: secrets(5) },
      });
      expect(alarm).toBe(false);
      // 0.01, rounded down to a multiple of 2^-32.
      expect(log10AlarmPValue).toBe(errUpwards(binomialTailLog10(200, belowOnePercent, 42_949_672)));
    }
  });

  it('raise it from 9 in 100 and 29 in 1,000 on', () => {
    // The figures of docs/statistics.md, section 15.
    for (const [count, least] of [
      [100, 9],
      [1000, 29],
    ] as const) {
      expect(binomialTailLog10(count, least, 42_949_672)).toBeLessThanOrEqual(-6);
      expect(binomialTailLog10(count, least - 1, 42_949_672)).toBeGreaterThan(-6);
    }
  });

  it.each([-1, 1.5, Number.NaN, 1_000_001])('are not drawn %s times', (count) => {
    expect(() => new Detector([keyFrom(1, VOCABULARY)], { decoys: { count } })).toThrow(
      /"decoys.count" expected an integer in 0 … 1,000,000, got/,
    );
  });
});
