import {
  averageEValues,
  eBenjaminiHochberg,
  mixEValues,
  multiplyEValues,
  pValueOfEValue,
} from '@countermark/detector/evidence';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const OPTIONS = { seed: 1 };
const logs = fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 12 });
const COMBINATIONS = { multiplyEValues, averageEValues, mixEValues };

/** Every outcome of `tests` fair coins, as log10 of e-values that are 0 or 2: their mean is exactly 1. */
function coinOutcomes(tests: number): number[][] {
  return Array.from({ length: 2 ** tests }, (_, bits) =>
    Array.from({ length: tests }, (_, i) => ((bits >> i) & 1 ? Math.log10(2) : -Infinity)),
  );
}

describe.each(Object.entries(COMBINATIONS))('%s', (_, combine) => {
  it('makes an e-value of independent e-values: its mean over all outcomes is 1', () => {
    const outcomes = coinOutcomes(8);
    const mean = outcomes.reduce((sum, values) => sum + 10 ** combine(values), 0) / outcomes.length;
    // 256 terms, each off by a few 2^-53 of its size.
    expect(mean).toBeCloseTo(1, 12);
  });

  it('leaves a single e-value of 1 alone, and does not depend on order', () => {
    expect(combine([0])).toBeCloseTo(0, 15);
    fc.assert(
      fc.property(logs, (values) => {
        // Sums of at most 12 terms below 30: rounding in another order stays below 12 · 360 · 2^-53.
        expect(combine([...values].reverse())).toBeCloseTo(combine(values), 11);
      }),
      OPTIONS,
    );
  });

  it('refuses what is no e-value', () => {
    expect(() => combine([0, Number.NaN])).toThrow(
      '"log10EValues" expected finite values or -Infinity, got NaN at 1',
    );
    expect(() => combine([Infinity])).toThrow(RangeError);
  });

  it('does not overflow', () => {
    expect(combine([1e5, 2e5])).toBeGreaterThan(1e5);
    expect(combine([1e5, 2e5])).toBeLessThanOrEqual(3e5);
  });
});

describe('multiplyEValues', () => {
  it('adds logarithms', () => {
    expect(multiplyEValues([1.5, -0.25, 3])).toBe(4.25);
    expect(multiplyEValues([5, -Infinity])).toBe(-Infinity);
    expect(multiplyEValues([])).toBe(0);
  });

  it('is no e-value where its assumption fails: one e-value given twice has a mean of 2', () => {
    expect((10 ** multiplyEValues([Math.log10(2), Math.log10(2)]) + 0) / 2).toBeCloseTo(2, 14);
  });
});

describe('averageEValues', () => {
  it('averages', () => {
    expect(averageEValues([0, 1, 2])).toBeCloseTo(Math.log10(37), 14);
    expect(averageEValues([-Infinity, -Infinity])).toBe(-Infinity);
  });

  it('stays an e-value where its parts are one and the same', () => {
    const mean =
      coinOutcomes(1).reduce((sum, [value]) => sum + 10 ** averageEValues([value!, value!]), 0) / 2;
    expect(mean).toBeCloseTo(1, 14);
  });

  it('refuses an empty list', () => {
    expect(() => averageEValues([])).toThrow('expected at least one');
  });
});

describe('mixEValues', () => {
  it('is the mean over nine shares of the products of diluted e-values', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { maxLength: 6 }), (values) => {
        let mean = 0;
        for (let j = 0; j < 9; j++) {
          const share = 10 ** (-j / 2);
          mean += values.reduce((product, value) => product * (1 - share + share * 10 ** value), 1) / 9;
        }
        // Products of at most six factors, and logarithms of up to 30: relative errors of a few 2^-53 each.
        expect(mixEValues(values)).toBeCloseTo(Math.log10(mean), 11);
      }),
      OPTIONS,
    );
  });

  it('sees one marked document in 10,000 where the others speak against a mark', () => {
    // Unmarked documents with e-values of 0.5: the product drowns the one, the mean divides it by their number.
    const values = new Array<number>(9999).fill(Math.log10(0.5));
    values.push(12);
    expect(multiplyEValues(values)).toBeLessThan(-2900);
    expect(averageEValues(values)).toBeLessThan(8.1);
    // At π = 1e-4: 1e-4 · 1e12 · (1 − 0.5e-4)^9999 / 9 = 10^6.83; the other shares can only add.
    expect(mixEValues(values)).toBeGreaterThan(6.8);
  });
});

describe('eBenjaminiHochberg', () => {
  it('rejects what the procedure rejects, at every level', () => {
    fc.assert(
      fc.property(logs, fc.double({ min: -12, max: -0.01, noNaN: true }), (values, log10Alpha) => {
        // The definition: the largest k for which the k-th largest e-value is at least m / (k α); the k largest go.
        const sorted = [...values].sort((a, b) => b - a);
        const m = values.length;
        const bounds = sorted.map((value, i) => Math.log10(m / (i + 1)) - value);
        fc.pre(bounds.every((bound) => Math.abs(bound - log10Alpha) > 1e-9));
        const k = bounds.findLastIndex((bound) => bound <= log10Alpha) + 1;
        const rejected = eBenjaminiHochberg(values).map((value) => value <= log10Alpha);
        expect(rejected).toEqual(values.map((value) => k > 0 && value >= sorted[k - 1]!));
      }),
      OPTIONS,
    );
  });

  it('gives equal e-values equal results, and never more than 1', () => {
    expect(eBenjaminiHochberg([2, 2, -1])).toEqual([Math.log10(1.5) - 2, Math.log10(1.5) - 2, 0]);
    expect(eBenjaminiHochberg([-Infinity])).toEqual([0]);
    expect(eBenjaminiHochberg([])).toEqual([]);
    expect(() => eBenjaminiHochberg([Number.NaN])).toThrow(RangeError);
  });

  it('keeps the share of false rejections under dependence', () => {
    // Five hypotheses, all true, that share one e-value: it is 20 with probability 1/20. At 1/20 all are rejected together.
    const share = (value: number): number =>
      eBenjaminiHochberg(new Array<number>(5).fill(value)).some((q) => q <= Math.log10(1 / 20)) ? 1 : 0;
    expect((1 / 20) * share(Math.log10(20)) + (19 / 20) * share(-Infinity)).toBe(1 / 20);
  });
});

describe('pValueOfEValue', () => {
  it('is the inverse, and never above 1', () => {
    expect(pValueOfEValue(6)).toBe(-6);
    expect(Object.is(pValueOfEValue(-2), 0)).toBe(true);
    expect(Object.is(pValueOfEValue(-Infinity), 0)).toBe(true);
    expect(() => pValueOfEValue(Infinity)).toThrow(RangeError);
  });
});
