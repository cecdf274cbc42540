import { clopperPearson } from '@countermark/detector/stats';
import { describe, expect, it } from 'vitest';

/** P(Bin(n, q) = k) for k = 0 … n, by the recurrence from the largest term's side; n is small. */
function binomial(n: number, q: number): number[] {
  let choose = 1;
  return Array.from({ length: n + 1 }, (_, k) => {
    if (k > 0) choose = (choose * (n - k + 1)) / k;
    return choose * q ** k * (1 - q) ** (n - k);
  });
}

// Ends are rounded outwards to 2^-32, after tails that are made 2^-33 of their logarithm larger: that moves an end by at most
// 2^-33 |q ln p| / n < 2^-33 for these, and 1e-14 is above the error of the test's own sums.
const GRID = 2 ** -32 + 2 ** -33 + 1e-14;

describe('clopperPearson', () => {
  it.each([1, 2, 10, 64, 1000])('has the closed form where all or none of %d succeed', (n) => {
    const end = 1 - 0.025 ** (1 / n);
    const none = clopperPearson(n, 0);
    const all = clopperPearson(n, n);
    expect(none.low).toBe(0);
    expect(all.high).toBe(1);
    expect(none.high).toBeGreaterThanOrEqual(end);
    expect(none.high - end).toBeLessThan(GRID);
    expect(all.low).toBeLessThanOrEqual(1 - end);
    expect(1 - end - all.low).toBeLessThan(GRID);
  });

  it('leaves half of the rest beyond each end', () => {
    for (const confidence of [0.8, 0.95, 0.999]) {
      for (let k = 1; k < 20; k++) {
        const { low, high } = clopperPearson(20, k, confidence);
        const side = (1 - confidence) / 2;
        const above = binomial(20, low)
          .slice(k)
          .reduce((sum, p) => sum + p);
        const below = binomial(20, high)
          .slice(0, k + 1)
          .reduce((sum, p) => sum + p);
        // A step of 2^-32 changes the tail by at most n times as much.
        for (const tail of [above, below]) {
          expect(tail).toBeLessThanOrEqual(side + 1e-12);
          expect(side - tail).toBeLessThan(20 * GRID);
        }
      }
    }
  });

  it('holds the probability at least as often as it says, whatever it is', () => {
    const intervals = Array.from({ length: 26 }, (_, k) => clopperPearson(25, k));
    for (let q = 0.01; q < 1; q += 0.01) {
      const covered = binomial(25, q).reduce((sum, p, k) => {
        const { low, high } = intervals[k] ?? { low: 1, high: 0 };
        return low <= q && q <= high ? sum + p : sum;
      }, 0);
      expect(covered).toBeGreaterThanOrEqual(0.95);
    }
  });

  it.each([
    [0, 0, 0.95],
    [10, 11, 0.95],
    [10, -1, 0.95],
    [10, 1.5, 0.95],
    [10, 1, 1],
    [10, 1, 0],
  ])('refuses %d trials with %d successes at %d', (trials, successes, confidence) => {
    expect(() => clopperPearson(trials, successes, confidence)).toThrow(RangeError);
  });
});
