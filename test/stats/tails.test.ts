import {
  binomialTailLog10,
  gammaTailLog10,
  latticeTailLog10,
  weightedBitsLaw,
  weightedBitsTailLog10,
} from '@countermark/detector/stats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { choose, log10Share } from './exact.ts';
import { agrees, expectLog10PValue, Log10, readVectors } from './vectors.ts';

const parameters = { seed: 1, numRuns: 300 };
const TWO_POW_32 = 2 ** 32;

// An error of 1e-10 |ln p| in ln p is one of 1e-10 p |ln p| ≤ 1e-10 / e in p; two tails that sum to 1 may add theirs.
const SUM_TOLERANCE = 2e-10 / Math.E;

const gamma = readVectors('stats-gamma-tail', {
  n: z.int().nonnegative(),
  x: z.number(),
  log10PValue: Log10,
});
const binomial = readVectors('stats-binomial-tail', {
  n: z.int().nonnegative(),
  k: z.int(),
  numerator: z
    .int()
    .min(1)
    .max(TWO_POW_32 - 1),
  log10PValue: Log10,
});
const bits = readVectors('stats-weighted-bits-tail', {
  weights: z.array(z.int().nonnegative()).min(1).max(30),
  n: z.int().nonnegative(),
  sum: z.int(),
  log10PValue: Log10,
});

/**
 * Fails unless (10^c - 10^b) / (10^b - 10^a) is the ratio given, for three rising log10 tails a < b < c.
 *
 * Each tail may be wrong by 1e-10 of its log, so a difference is by the sum of two such errors.
 */
function expectRatioOfDifferences([a, b, c]: readonly number[], ratio: number): void {
  const lower = 1 - 10 ** (a! - b!);
  const upper = 10 ** (c! - b!) - 1;
  const error = 2e-10 * -a! * Math.LN10;
  const relative = error / lower + (error * (1 + upper)) / upper;
  expect(Math.abs(upper / lower / ratio - 1)).toBeLessThanOrEqual(relative);
}

describe('gammaTailLog10', () => {
  it.each(gamma.tests)('agrees with the exact tail: case $tcId, n = $n, x = $x ($comment)', (test) => {
    const actual = gammaTailLog10(test.n, test.x);
    expectLog10PValue(actual);
    expect(agrees(actual, test.log10PValue, gamma.relTol), `${actual} for ${test.log10PValue}`).toBe(true);
  });

  it('moves by more than the tolerance when x moves by one part in 10^8', () => {
    const moved = gamma.tests.filter(
      (test) => Number.isFinite(test.log10PValue) && test.log10PValue < -1e-300 && test.n < 1e8,
    );
    expect(moved.length).toBeGreaterThan(80);
    for (const test of moved) {
      const actual = gammaTailLog10(test.n, test.x * (1 + 1e-8));
      expect(agrees(actual, test.log10PValue, gamma.relTol), `case ${test.tcId}`).toBe(false);
    }
  });

  it('never rises as x grows and never falls as n grows', () => {
    // A step of 1e-6 moves the log by 1e-7 of itself or more, which rounding cannot undo.
    const n = fc.integer({ min: 1, max: 100_000 });
    const ratio = fc.double({ min: 0, max: 8, noNaN: true });
    const step = fc.double({ min: 1e-6, max: 1, noNaN: true });
    fc.assert(
      fc.property(n, ratio, step, (shape, r, g) => {
        const here = gammaTailLog10(shape, shape * r);
        expectLog10PValue(here);
        expect(gammaTailLog10(shape, shape * r * (1 + g))).toBeLessThanOrEqual(here);
        expect(gammaTailLog10(shape + 1, shape * r)).toBeGreaterThanOrEqual(here);
      }),
      parameters,
    );
  });

  it('adds the Poisson point probability of n when n grows by one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.double({ min: 0.01, max: 4, noNaN: true }), (n, r) => {
        const x = n * r;
        let point = Math.exp(-x);
        for (let i = 1; i <= n; i++) point *= x / i;
        const difference = 10 ** gammaTailLog10(n + 1, x) - 10 ** gammaTailLog10(n, x);
        expect(Math.abs(difference - point)).toBeLessThanOrEqual(SUM_TOLERANCE);
      }),
      parameters,
    );
  });

  it('grows with n by Poisson point probabilities of ratio x / (n + 1), far out and at every size', () => {
    const n = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(n, fc.double({ min: 1.2, max: 3, noNaN: true }), (shape, r) => {
        const x = shape * r;
        const tails = [0, 1, 2].map((more) => gammaTailLog10(shape + more, x));
        expectRatioOfDifferences(tails, x / (shape + 1));
      }),
      parameters,
    );
  });

  it('stays below its Chernoff bound exp(n - x + n ln(x/n)) above the mean', () => {
    const n = fc.integer({ min: 1, max: 1e9 });
    fc.assert(
      fc.property(n, fc.double({ min: 1.001, max: 100, noNaN: true }), (shape, r) => {
        const bound = shape * (1 - r + Math.log(r)) * Math.LOG10E;
        expect(gammaTailLog10(shape, shape * r)).toBeLessThan(bound);
      }),
      parameters,
    );
  });

  it.each([
    [-1, 1, '"n" expected an integer in 0 … 1e9, got -1'],
    [1.5, 1, '"n" expected an integer in 0 … 1e9, got 1.5'],
    [1e9 + 1, 1, '"n" expected an integer in 0 … 1e9, got 1000000001'],
    [1, Number.NaN, '"x" expected a finite number, got NaN'],
    [1, Infinity, '"x" expected a finite number, got Infinity'],
    [1, -Infinity, '"x" expected a finite number, got -Infinity'],
  ])('refuses n = %d, x = %d', (n, x, message) => {
    expect(() => gammaTailLog10(n, x)).toThrow(new RangeError(message));
  });
});

describe('binomialTailLog10', () => {
  it.each(binomial.tests)(
    'agrees with the exact tail: case $tcId, n = $n, k = $k, numerator = $numerator ($comment)',
    (test) => {
      const actual = binomialTailLog10(test.n, test.k, test.numerator);
      expectLog10PValue(actual);
      expect(agrees(actual, test.log10PValue, binomial.relTol), `${actual} for ${test.log10PValue}`).toBe(
        true,
      );
    },
  );

  const trials = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 1_000_000 }));
  const numerator = fc.oneof(
    fc.integer({ min: 1, max: TWO_POW_32 - 1 }),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 9 }).map((a) => TWO_POW_32 - a),
  );
  const fraction = fc.double({ min: 0, max: 1, noNaN: true });

  it('never rises as k grows', () => {
    fc.assert(
      fc.property(trials, numerator, fraction, (n, a, f) => {
        const k = Math.round(f * n);
        const here = binomialTailLog10(n, k, a);
        expectLog10PValue(here);
        expect(binomialTailLog10(n, k + 1, a)).toBeLessThanOrEqual(here);
      }),
      parameters,
    );
  });

  it('never falls as n or the success probability grows', () => {
    fc.assert(
      fc.property(trials, numerator, fraction, (n, a, f) => {
        const k = Math.round(f * n);
        const here = binomialTailLog10(n, k, a);
        expect(binomialTailLog10(n + 1, k, a)).toBeGreaterThanOrEqual(here);
        // One unit of 2^-32 may move the tail by less than rounding does.
        const more = Math.min(TWO_POW_32 - 1, a + Math.ceil(1e-7 * TWO_POW_32));
        expect(binomialTailLog10(n, k, more)).toBeGreaterThanOrEqual(here);
      }),
      parameters,
    );
  });

  it('agrees with exact rational tails, and steps by exact point probabilities', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), numerator, fraction, (n, a, f) => {
        const k = Math.round(f * (n - 1));
        const point = (j: number): bigint =>
          choose(n, j) * BigInt(a) ** BigInt(j) * (2n ** 32n - BigInt(a)) ** BigInt(n - j);
        const whole = 2n ** BigInt(32 * n);
        let tail = 0n;
        for (let j = k; j <= n; j++) tail += point(j);
        const here = binomialTailLog10(n, k, a);
        expect(agrees(here, log10Share(tail, whole), 1e-10), `${here}`).toBe(true);
        const next = binomialTailLog10(n, k + 1, a);
        // The point's share of the tail; each of the two logs brings its error, and the subtraction 1e-15.
        const share = 1 - 10 ** (next - here);
        const error = 2e-10 * -next * Math.LN10 + 1e-15;
        expect(Math.abs(share - 10 ** log10Share(point(k), tail))).toBeLessThanOrEqual(error);
      }),
      parameters,
    );
  });

  it('falls with k by point probabilities of ratio (n - k) q / ((k + 1) (1 - q)), far out and at every size', () => {
    const n = fc.integer({ min: 30, max: 1_000_000 });
    const gamma = fc.integer({ min: 2 ** 28, max: 2 ** 31 });
    fc.assert(
      fc.property(n, gamma, fc.double({ min: 1.2, max: 1.8, noNaN: true }), (trialCount, a, r) => {
        const k = Math.ceil((r * trialCount * a) / TWO_POW_32);
        const tails = [2, 1, 0].map((more) => binomialTailLog10(trialCount, k + more, a));
        const odds = a / (TWO_POW_32 - a);
        expectRatioOfDifferences(tails, (k + 1) / ((trialCount - k) * odds));
      }),
      parameters,
    );
  });

  it('sums to one with the tail of the failures', () => {
    fc.assert(
      fc.property(trials, numerator, fraction, (n, a, f) => {
        // Close to the mean, where neither side is negligible.
        const q = a / TWO_POW_32;
        const k = Math.round(n * q + (f - 0.5) * 4 * Math.sqrt(n * q * (1 - q)));
        const failures = binomialTailLog10(n, n - k + 1, TWO_POW_32 - a);
        const sum = 10 ** binomialTailLog10(n, k, a) + 10 ** failures;
        expect(Math.abs(sum - 1)).toBeLessThanOrEqual(SUM_TOLERANCE);
      }),
      parameters,
    );
  });

  it.each([
    [-1, 0, 1, '"n" expected an integer in 0 … 1e9, got -1'],
    [1e9 + 1, 0, 1, '"n" expected an integer in 0 … 1e9, got 1000000001'],
    [5, 0.5, 1, '"k" expected a safe integer, got 0.5'],
    [5, Number.NaN, 1, '"k" expected a safe integer, got NaN'],
    [5, 1, 0, '"numerator" expected an integer in 1 … 2^32 - 1, got 0'],
    [5, 1, TWO_POW_32, '"numerator" expected an integer in 1 … 2^32 - 1, got 4294967296'],
    [5, 1, 1.5, '"numerator" expected an integer in 1 … 2^32 - 1, got 1.5'],
  ])('refuses n = %d, k = %d, numerator = %d', (n, k, a, message) => {
    expect(() => binomialTailLog10(n, k, a)).toThrow(new RangeError(message));
  });
});

describe('weightedBitsTailLog10', () => {
  it.each(bits.tests)('agrees with the exact tail: case $tcId, n = $n, sum = $sum ($comment)', (test) => {
    const actual = weightedBitsTailLog10(Uint32Array.from(test.weights), test.n, test.sum);
    expectLog10PValue(actual);
    expect(agrees(actual, test.log10PValue, bits.relTol), `${actual} for ${test.log10PValue}`).toBe(true);
  });

  it.each(bits.tests)('agrees by inversion of the transform alone: case $tcId', (test) => {
    const law = weightedBitsLaw(Uint32Array.from(test.weights), test.n);
    const actual = latticeTailLog10({ law, threshold: test.sum });
    expectLog10PValue(actual);
    expect(agrees(actual, test.log10PValue, bits.relTol), `${actual} for ${test.log10PValue}`).toBe(true);
  });

  it('equals the binomial tail at 1/2 when all weights are equal', () => {
    const weight = fc.integer({ min: 1, max: 400 });
    const depth = fc.integer({ min: 1, max: 30 });
    const n = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 10_000_000 }));
    const fraction = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(weight, depth, n, fraction, fc.boolean(), (w, m, tuples, f, near) => {
        const trials = m * tuples;
        const k = near
          ? Math.max(1, Math.round(trials / 2 + (f - 0.5) * 6 * Math.sqrt(trials)))
          : Math.round(f * trials) + 1;
        const expected = binomialTailLog10(trials, k, TWO_POW_32 / 2);
        // Any sum in (w (k - 1), w k] asks for the same event.
        const sum = w * k - Math.floor(f * (w - 1));
        const actual = weightedBitsTailLog10(new Uint32Array(m).fill(w), tuples, sum);
        expect(agrees(actual, expected, 2e-10), `${actual} for ${expected}`).toBe(true);
      }),
      { ...parameters, numRuns: 150 },
    );
  });

  const weights = fc
    .array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 12 })
    .filter((w) => w.some((x) => x > 0))
    .map((w) => Uint32Array.from(w));
  const tuples = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 100_000_000 }));
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const total = (w: Uint32Array): number => w.reduce((a, b) => a + b, 0);

  it('never rises as the sum grows, and lies in [-n m log10 2, 0] where it is possible', () => {
    fc.assert(
      fc.property(weights, tuples, place, fc.integer({ min: 1, max: 1000 }), (w, n, f, step) => {
        const sum = Math.round(f * n * total(w));
        const here = weightedBitsTailLog10(w, n, sum);
        expectLog10PValue(here);
        // The last bound is attained, up to rounding.
        expect(here).toBeGreaterThanOrEqual(-n * w.length * Math.LOG10E * Math.LN2 * (1 + 1e-10));
        // A step between two values of the sum changes nothing, so both ends may err, each its own way.
        expect(weightedBitsTailLog10(w, n, sum + step)).toBeLessThanOrEqual(here * (1 - 2e-10));
      }),
      parameters,
    );
  });

  it('sums to one with the mirrored tail', () => {
    fc.assert(
      fc.property(weights, tuples, place, (w, n, f) => {
        const spread = Math.sqrt(n * w.reduce((a, b) => a + b * b, 0));
        const sum = Math.round(0.5 * n * total(w) + (f - 0.5) * 3 * spread);
        const mirrored = weightedBitsTailLog10(w, n, n * total(w) - sum + 1);
        const both = 10 ** weightedBitsTailLog10(w, n, sum) + 10 ** mirrored;
        expect(Math.abs(both - 1)).toBeLessThanOrEqual(SUM_TOLERANCE);
      }),
      parameters,
    );
  });

  it('agrees with exact counts of outcomes', () => {
    const few = fc
      .array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 6 })
      .filter((w) => w.some((x) => x > 0))
      .map((w) => Uint32Array.from(w));
    fc.assert(
      fc.property(few, fc.integer({ min: 1, max: 4 }), place, (w, n, f) => {
        const sum = Math.round(f * n * total(w));
        let counts = [1n];
        for (const weight of [...w].flatMap((x) => new Array<number>(n).fill(x))) {
          const shifted = [...new Array<bigint>(weight).fill(0n), ...counts];
          counts = shifted.map((count, i) => count + (counts[i] ?? 0n));
        }
        const above = counts.slice(sum).reduce((x, y) => x + y, 0n);
        const expected = log10Share(above, 2n ** BigInt(n * w.length));
        const actual = weightedBitsTailLog10(w, n, sum);
        expect(agrees(actual, expected, 1e-10), `${actual} for ${expected}`).toBe(true);
      }),
      { ...parameters, numRuns: 100 },
    );
  });

  it('gives one answer by convolution and by inversion of the transform', () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 12 }), place, (w, n, f) => {
        const threshold = Math.round(f * n * total(w));
        const inverted = latticeTailLog10({ law: weightedBitsLaw(w, n), threshold });
        const actual = weightedBitsTailLog10(w, n, threshold);
        expect(agrees(actual, inverted, 2e-10), `${actual} for ${inverted}`).toBe(true);
      }),
      parameters,
    );
  });

  it('does not depend on the order of the layers', () => {
    fc.assert(
      fc.property(weights, tuples, place, (w, n, f) => {
        const sum = Math.round(f * n * total(w));
        expect(weightedBitsTailLog10(w.toReversed(), n, sum)).toBe(weightedBitsTailLog10(w, n, sum));
      }),
      { ...parameters, numRuns: 50 },
    );
  });

  it('treats weights of zero as a sum that is always 0', () => {
    const law = weightedBitsLaw(new Uint32Array(3), 5);
    for (const [sum, expected] of [[0, 0] as const, [1, -Infinity] as const]) {
      expect(weightedBitsTailLog10(new Uint32Array(3), 5, sum)).toBe(expected);
      expect(latticeTailLog10({ law, threshold: sum })).toBe(expected);
    }
  });

  it.each([
    [[], 1, 1, '"weights" expected 1 … 32 weights, got 0'],
    [new Array(33).fill(1), 1, 1, '"weights" expected 1 … 32 weights, got 33'],
    [[1, 1024], 1, 1, '"weights" expected 0 … 1023, got 1024'],
    [[1], -1, 1, '"n" expected an integer in 0 … 1e9, got -1'],
    [[1], 1e9 + 1, 1, '"n" expected an integer in 0 … 1e9, got 1000000001'],
    [[1], 1, 0.5, '"sum" expected a safe integer, got 0.5'],
  ])('refuses weights %j, n = %d, sum = %d', (w, n, sum, message) => {
    expect(() => weightedBitsTailLog10(Uint32Array.from(w), n, sum)).toThrow(new RangeError(message));
  });
});

describe('weightedBitsLaw', () => {
  it('has one transform at one angle, as a fraction of small and of large integers', () => {
    const law = weightedBitsLaw(Uint32Array.of(290, 281, 7), 100_000);
    const read = (node: number, nodes: number): number[] => {
      const out = new Float64Array(2);
      law.transformAt(1e-5, 57_700_001).rotate(node, nodes, out);
      return [out[0]!, Math.cos(out[1]!), Math.sin(out[1]!)];
    };
    // Three angles below 4, rounded at 2^-52 and taken 10^5 times, are 3e-10 off at worst; a product that is wrong by
    // one unit turns the phase by pi / nodes = 1.5e-9.
    for (const node of [1, 2, 3, 4, 5]) {
      const expected = read(node, 11);
      for (const [i, value] of read(node * 190_000_001, 11 * 190_000_001).entries()) {
        expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(
          3e-10 * Math.max(1, Math.abs(expected[i]!)),
        );
      }
    }
  });
});
