import { mergeIndependentPValues, mergePValues } from '@countermark/detector/evidence';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const LEVELS = [0.5, 0.2, 0.1, 0.05, 0.02, 0.01];
const MERGES = { mergeIndependentPValues, mergePValues };

describe.each(Object.entries(MERGES))('%s', (_, merge) => {
  it('keeps the level for independent discrete p-values, by enumeration', () => {
    // A p-value of 1/8, 2/8, … 1, each as likely: P(p ≤ α) ≤ α with equality at these.
    const outcomes = Array.from({ length: 8 ** 3 }, (_, i) => [i % 8, (i >> 3) % 8, i >> 6]);
    for (const alpha of LEVELS) {
      const hits = outcomes.filter(
        (ranks) => merge(ranks.map((rank) => Math.log10((rank + 1) / 8))) <= Math.log10(alpha),
      );
      expect(hits.length / outcomes.length).toBeLessThanOrEqual(alpha);
    }
  });

  it('is 1 for none, itself for one, and 0 where one is 0', () => {
    expect(Object.is(merge([]), 0)).toBe(true);
    // But for the margin of a tail, 1.2e-10 of it.
    expect(merge([-3.25])).toBeCloseTo(-3.25, 9);
    expect(merge([-Infinity, -1])).toBe(-Infinity);
  });

  it('never rises when a p-value falls', () => {
    const log = fc.double({ min: -400, max: 0, noNaN: true });
    fc.assert(
      fc.property(fc.array(log, { minLength: 1, maxLength: 8 }), log, (values, less) => {
        const lower = [Math.min(values[0]!, less), ...values.slice(1)];
        // Equal but for the rounding of the tail, 1e-10 of it.
        expect(merge(lower)).toBeLessThanOrEqual(merge(values) * (1 - 1e-9) + 1e-15);
      }),
      { seed: 1 },
    );
  });

  it('refuses what is no p-value', () => {
    expect(() => merge([-1, 0.1])).toThrow('"log10PValues" expected values <= 0, got 0.1 at 1');
    expect(() => merge([Number.NaN])).toThrow(RangeError);
  });
});

describe('mergeIndependentPValues', () => {
  it('is q (1 − ln q) for two p-values of product q', () => {
    for (const q of [0.9, 0.1, 1e-6, 1e-200]) {
      const expected = Math.log10(q) + Math.log10(1 - Math.log(q));
      // The tail's stated accuracy.
      expect(mergeIndependentPValues([Math.log10(q) / 4, (3 * Math.log10(q)) / 4]) / expected).toBeCloseTo(
        1,
        9,
      );
    }
  });

  it('breaks where its assumption does: one p-value given twice', () => {
    // With p uniform, the merged value is at most 0.05 for p² (1 − ln p²) ≤ 0.05, that is for p up to 0.0933.
    const hit = (p: number): boolean =>
      mergeIndependentPValues([Math.log10(p), Math.log10(p)]) <= Math.log10(0.05);
    expect(hit(0.09)).toBe(true);
  });
});

describe('mergePValues', () => {
  it('keeps the level for one p-value given several times', () => {
    for (const alpha of LEVELS) {
      const hits = [1, 2, 3, 4, 5, 6, 7, 8].filter(
        (rank) => mergePValues(new Array<number>(5).fill(Math.log10(rank / 8))) <= Math.log10(alpha),
      );
      expect(hits.length / 8).toBeLessThanOrEqual(alpha);
    }
  });

  it('is the smallest times their number', () => {
    expect(mergePValues([-1, -8, 0, -2])).toBeCloseTo(Math.log10(4) - 8, 14);
    expect(mergePValues([-0.1, -0.2])).toBe(0);
  });
});
