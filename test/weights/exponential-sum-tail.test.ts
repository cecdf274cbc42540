/** The tail of a weighted sum of exponentials: its certified bound and its saddle-point value, against exact values. */
import { readFileSync } from 'node:fs';
import { exponentialSumTail } from '@countermark/detector/weights';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const Cases = z.array(z.object({ weights: z.array(z.number()), sum: z.number(), log10: z.number() }));
const path = new URL('../vectors/stats-exponential-sum-tail.json', import.meta.url);
const cases = Cases.parse(JSON.parse(readFileSync(path, 'utf8')));

const tailOf = (weights: readonly number[], sum: number) =>
  exponentialSumTail(Float64Array.from(weights), sum);

describe('the tail of a weighted sum of exponentials', () => {
  it('is bounded from above in every case', () => {
    expect(cases).toHaveLength(42);
    for (const { weights, sum, log10 } of cases) {
      expect(tailOf(weights, sum).log10Bound).toBeGreaterThanOrEqual(log10);
    }
  });

  it('is bounded closely', () => {
    // For equal weights and s → 0 the ratio tends to n! (e/n)^n, which is below √(2πn) e^(1/12n); nearer to the mean it is less.
    for (const { weights, sum, log10 } of cases) {
      const { length } = weights;
      const excess = Math.log10(2 * Math.PI * length) / 2 + Math.LOG10E / (12 * length);
      expect(tailOf(weights, sum).log10Bound).toBeLessThan(log10 + excess);
    }
  });

  it('is met by the saddle point within 5 % for one term, and 2.5 % for more', () => {
    // No theorem gives these: they are what docs/statistics.md, section 16, says was measured. On both sides of the mean.
    for (const { weights, sum, log10 } of cases) {
      const error = 10 ** (tailOf(weights, sum).log10SaddlePoint - log10) - 1;
      expect(Math.abs(error)).toBeLessThan(weights.length === 1 ? 0.05 : 0.025);
    }
  });

  it('does not jump where the formula has its poles', () => {
    // The density of the standardised sum is at most about 0.4 here, so a step of 1e-3 deviations moves P ≈ ½ by 4e-4,
    // or log10 P by 3.5e-4; the limit at the mean is off by the next order in 1/√n, times the distance 0.01: below 1e-3.
    const weights = Array.from({ length: 100 }, (_, i) => 1 + i / 10);
    const mean = weights.reduce((sum, weight) => sum + weight, 0);
    const deviation = Math.sqrt(weights.reduce((sum, weight) => sum + weight ** 2, 0));
    let before = -Infinity;
    for (let step = -30; step <= 30; step++) {
      const { log10SaddlePoint } = tailOf(weights, mean + (step / 1000) * deviation);
      expect(Math.abs(log10SaddlePoint - Math.log10(0.5))).toBeLessThan(0.05);
      if (step > -30) expect(Math.abs(log10SaddlePoint - before)).toBeLessThan(1.4e-3);
      before = log10SaddlePoint;
    }
  });

  it('scales with its weights', () => {
    const { weights, sum } = cases[30]!;
    const tripled = tailOf(
      weights.map((weight) => 4 * weight),
      4 * sum,
    );
    expect(tripled).toEqual(tailOf(weights, sum));
  });

  it('is everything from the mean on, and for no weights', () => {
    expect(tailOf([1, 2], 3).log10Bound).toBe(0);
    expect(tailOf([1, 2], 1e300)).toEqual({ log10Bound: 0, log10SaddlePoint: 0 });
    expect(tailOf([], 1)).toEqual({ log10Bound: 0, log10SaddlePoint: 0 });
  });

  it('stays finite at the ends of the range', () => {
    // One term: P(wE ≤ s) = 1 − e^(−s/w) ≈ s/w, and the bound e times that.
    const { log10Bound } = tailOf([99], 2.3e-10);
    expect(log10Bound).toBeCloseTo(Math.log10((Math.E * 2.3e-10) / 99), 6);
    const many = tailOf(new Array<number>(100_000).fill(9), 9 * 50_000);
    // Equal weights: ln bound = n (½ − 1 + ln 2 − …): s/w = n/2, t w = 1, so n (½ − ln 2) and the margins, below 1 here.
    expect(many.log10Bound / Math.LOG10E).toBeGreaterThan(100_000 * (0.5 - Math.LN2));
    expect(many.log10Bound / Math.LOG10E).toBeLessThan(100_000 * (0.5 - Math.LN2) + 1);
  });
});
