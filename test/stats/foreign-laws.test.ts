import { readFileSync } from 'node:fs';
import {
  biasedBitsLaw,
  binomialTailLog10,
  drawnListsTailLog10,
  gammaSumTailLog10,
  gammaTailLog10,
  latticeTailLog10,
  weightedBitsTailLog10,
} from '@countermark/detector/stats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { choose, countedTail, log10Share } from './exact.ts';
import { agrees, expectLog10PValue, Log10, readVectors } from './vectors.ts';

const parameters = { seed: 1, numRuns: 300 };
const place = fc.double({ min: 0, max: 1, noNaN: true });

// An error of 1e-10 |ln p| in ln p is one of 1e-10 p |ln p| ≤ 1e-10 / e in p; two tails that sum to 1 may add theirs.
const SUM_TOLERANCE = 2e-10 / Math.E;

const bits = readVectors('stats-biased-bits-tail', {
  weights: z.array(z.int().nonnegative()).min(1).max(30),
  n: z.int().nonnegative(),
  ones: z.int().positive(),
  of: z.int().positive(),
  sum: z.int(),
  log10PValue: Log10,
});
const lists = readVectors('stats-drawn-lists-tail', {
  listed: z.int().positive(),
  vocabSize: z.int().positive(),
  n: z.int().nonnegative(),
  count: z.int(),
  log10PValue: Log10,
});
const gammas = readVectors('stats-gamma-sum-tail', {
  weights: z.array(z.number().nonnegative()).min(1),
  n: z.int().nonnegative(),
  x: z.number(),
  log10PValue: Log10,
});

describe('weightedBitsTailLog10 of bits that are not fair', () => {
  it.each(bits.tests)(
    'agrees with the exact tail: case $tcId, n = $n, $ones of $of, sum = $sum ($comment)',
    ({ weights, n, ones, of, sum, log10PValue }) => {
      const actual = weightedBitsTailLog10(Uint32Array.from(weights), n, sum, { ones, of });
      expectLog10PValue(actual);
      expect(agrees(actual, log10PValue, bits.relTol), `${actual} for ${log10PValue}`).toBe(true);
    },
  );

  const weights = fc
    .array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 })
    .map((w) => Uint32Array.from(w));
  const share = fc
    .integer({ min: 2, max: 2 ** 20 })
    .chain((of) =>
      fc.integer({ min: Math.ceil(of / 1024), max: of - Math.ceil(of / 1024) }).map((ones) => ({ ones, of })),
    );
  const tuples = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 100_000_000 }));
  const total = (w: Uint32Array): number => w.reduce((a, b) => a + b, 0);

  it('gives fair bits the very result that it gives without a share', () => {
    fc.assert(
      fc.property(weights, tuples, place, (w, n, f) => {
        const sum = Math.round(f * n * total(w));
        const fair = weightedBitsTailLog10(w, n, sum);
        expect(weightedBitsTailLog10(w, n, sum, { ones: 1, of: 2 })).toBe(fair);
        expect(weightedBitsTailLog10(w, n, sum, { ones: 32_768, of: 65_536 })).toBe(fair);
      }),
      { ...parameters, numRuns: 60 },
    );
  });

  it('agrees with the fair tail by its own engine', () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 50, max: 100_000_000 }), place, (w, n, f) => {
        const counts = new Map<number, number>();
        for (const weight of w) counts.set(weight, (counts.get(weight) ?? 0) + n);
        const law = biasedBitsLaw(
          [...counts].map(([weight, trials]) => ({ weight, trials })),
          { ones: 1, of: 2 },
        );
        const spread = Math.sqrt(n * w.reduce((a, b) => a + b * b, 0));
        const threshold = Math.round(0.5 * n * total(w) + (f - 0.3) * 8 * spread);
        const fair = weightedBitsTailLog10(w, n, threshold);
        const actual = latticeTailLog10({ law, threshold });
        expect(agrees(actual, fair, 2e-10), `${actual} for ${fair}`).toBe(true);
      }),
      { ...parameters, numRuns: 60 },
    );
  });

  it('equals the binomial tail when all weights are equal', () => {
    const weight = fc.integer({ min: 1, max: 400 });
    const depth = fc.integer({ min: 1, max: 30 });
    const n = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 10_000_000 }));
    const ones = fc.integer({ min: 64, max: 65_472 });
    fc.assert(
      fc.property(weight, depth, n, ones, place, fc.boolean(), (w, m, count, a, f, near) => {
        const trials = m * count;
        const p = a / 65_536;
        const k = near
          ? Math.max(1, Math.round(trials * p + (f - 0.5) * 12 * Math.sqrt(trials * p * (1 - p))))
          : Math.round(f * trials) + 1;
        const expected = binomialTailLog10(trials, k, a * 65_536);
        const actual = weightedBitsTailLog10(new Uint32Array(m).fill(w), count, w * k, {
          ones: a,
          of: 65_536,
        });
        expect(agrees(actual, expected, 2e-10), `${actual} for ${expected}`).toBe(true);
      }),
      { ...parameters, numRuns: 150 },
    );
  });

  it('agrees with exact counts of outcomes', () => {
    const few = fc
      .array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 })
      .map((w) => Uint32Array.from(w));
    fc.assert(
      fc.property(few, fc.integer({ min: 1, max: 4 }), share, place, (w, n, { ones, of }, f) => {
        let ways = [1n];
        for (const weight of [...w].flatMap((x) => new Array<number>(n).fill(x))) {
          const shifted = [...new Array<bigint>(weight).fill(0n), ...ways.map((way) => way * BigInt(ones))];
          ways = shifted.map((way, i) => way + (ways[i] ?? 0n) * BigInt(of - ones));
        }
        const sum = Math.max(1, Math.round(f * n * total(w)));
        const above = ways.slice(sum).reduce((x, y) => x + y, 0n);
        const expected = log10Share(above, BigInt(of) ** BigInt(n * w.length));
        const actual = weightedBitsTailLog10(w, n, sum, { ones, of });
        expect(agrees(actual, expected, 1e-10), `${actual} for ${expected}`).toBe(true);
      }),
      { ...parameters, numRuns: 100 },
    );
  });

  it('never rises as the sum grows, and never falls as the share does', () => {
    fc.assert(
      fc.property(weights, tuples, share, place, fc.integer({ min: 1, max: 1000 }), (w, n, s, f, step) => {
        const sum = Math.round(f * n * total(w));
        const here = weightedBitsTailLog10(w, n, sum, s);
        expectLog10PValue(here);
        // Either end may err by 1e-10 of itself.
        expect(weightedBitsTailLog10(w, n, sum + step, s)).toBeLessThanOrEqual(here * (1 - 2e-10));
        const more = { ones: Math.min(s.ones + 1, s.of - Math.ceil(s.of / 1024)), of: s.of };
        expect(weightedBitsTailLog10(w, n, sum, more)).toBeGreaterThanOrEqual(here * (1 + 2e-10));
      }),
      { ...parameters, numRuns: 150 },
    );
  });

  it('sums to one with the mirrored tail of the other share', () => {
    fc.assert(
      fc.property(weights, tuples, share, place, (w, n, { ones, of }, f) => {
        const p = ones / of;
        const spread = Math.sqrt(n * p * (1 - p) * w.reduce((a, b) => a + b * b, 0));
        const sum = Math.round(p * n * total(w) + (f - 0.5) * 6 * spread);
        const mirrored = weightedBitsTailLog10(w, n, n * total(w) - sum + 1, { ones: of - ones, of });
        const both = 10 ** weightedBitsTailLog10(w, n, sum, { ones, of }) + 10 ** mirrored;
        expect(Math.abs(both - 1)).toBeLessThanOrEqual(SUM_TOLERANCE);
      }),
      { ...parameters, numRuns: 150 },
    );
  });

  it.each([
    [1, 1, '"share.of" expected an integer in 2 … 2^20, got 1'],
    [1, 2 ** 20 + 1, '"share.of" expected an integer in 2 … 2^20, got 1048577'],
    [1, 2.5, '"share.of" expected an integer in 2 … 2^20, got 2.5'],
    [0, 2, '"share.ones" expected an integer in 1/1024 … 1023/1024 of 2, got 0'],
    [2, 2, '"share.ones" expected an integer in 1/1024 … 1023/1024 of 2, got 2'],
    [1, 1025, '"share.ones" expected an integer in 1/1024 … 1023/1024 of 1025, got 1'],
    [1.5, 4, '"share.ones" expected an integer in 1/1024 … 1023/1024 of 4, got 1.5'],
    [Number.NaN, 4, '"share.ones" expected an integer in 1/1024 … 1023/1024 of 4, got NaN'],
  ])('refuses a share of %d in %d', (ones, of, message) => {
    expect(() => weightedBitsTailLog10(Uint32Array.of(1), 1, 1, { ones, of })).toThrow(
      new RangeError(message),
    );
  });
});

describe('drawnListsTailLog10', () => {
  // The stated margins, in log10: 2^-40 of 1 + |ln P(B = s)|, 2^-50 for each step and each tuple above the mean. The point is
  // at least the bound over the steps; no case takes more than 60 √n of them.
  const allowance = (log10: number, n: number): number =>
    (2 ** -40 * (1 + Math.log(n + 1) - log10 * Math.LN10) + 2 ** -50 * (n + 60 * Math.sqrt(n))) * Math.LOG10E;

  it.each(lists.tests)(
    'is the least quotient or just above it: case $tcId, n = $n, $listed of $vocabSize, count = $count ($comment)',
    ({ listed, vocabSize, n, count, log10PValue }) => {
      const actual = drawnListsTailLog10(listed, vocabSize, n, count);
      expectLog10PValue(actual);
      if (!Number.isFinite(log10PValue)) return expect(actual).toBe(log10PValue);
      // Known answers are rounded to doubles.
      expect(actual).toBeGreaterThanOrEqual(log10PValue * (1 + 2 ** -53));
      expect(actual).toBeLessThanOrEqual(
        Math.min(0, log10PValue * (1 - 2 ** -50) + allowance(log10PValue, n)),
      );
    },
  );

  it('is never below the exact tail, whichever tuples share a list', () => {
    const vocabulary = fc.integer({ min: 2, max: 40 });
    const shape = vocabulary.chain((v) =>
      fc.record({
        v: fc.constant(v),
        g: fc.integer({ min: 1, max: v - 1 }),
        // The number of tuples on each list.
        sizes: fc.array(fc.integer({ min: 1, max: v }), { minLength: 1, maxLength: 5 }),
      }),
    );
    fc.assert(
      fc.property(shape, ({ v, g, sizes }) => {
        let ways = new Map([[0, 1n]]);
        for (const m of sizes) {
          const next = new Map<number, bigint>();
          for (const [sum, way] of ways) {
            for (let k = Math.max(0, m + g - v); k <= Math.min(m, g); k++) {
              const lists = choose(m, k) * choose(v - m, g - k);
              next.set(sum + k, (next.get(sum + k) ?? 0n) + way * lists);
            }
          }
          ways = next;
        }
        const n = sizes.reduce((a, b) => a + b, 0);
        for (let count = 0; count <= n; count++) {
          const exact = countedTail(ways, count);
          // log10Share rounds by 1e-12 of itself at most.
          if (exact > -Infinity) {
            expect(drawnListsTailLog10(g, v, n, count)).toBeGreaterThanOrEqual(exact * (1 + 1e-12));
          }
        }
      }),
      { ...parameters, numRuns: 150 },
    );
  });

  const vocabBits = fc.integer({ min: 1, max: 24 });
  const listing = vocabBits.chain((b) =>
    fc.integer({ min: 1, max: 2 ** b - 1 }).map((listed) => ({ listed, vocabSize: 2 ** b })),
  );
  const size = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 1_000_000 }));

  it('lies between the binomial tail and e times it', () => {
    fc.assert(
      fc.property(listing, size, place, fc.boolean(), ({ listed, vocabSize }, n, f, near) => {
        const q = listed / vocabSize;
        const mean = Math.floor(n * q) + 1;
        const count = near
          ? Math.min(n, mean + Math.round(f * 12 * Math.sqrt(n * q * (1 - q))))
          : mean + Math.round(f * (n - mean));
        const binomial = binomialTailLog10(n, count, (listed * 2 ** 32) / vocabSize);
        const actual = drawnListsTailLog10(listed, vocabSize, n, count);
        // The binomial tail may err by 1e-10 of its log.
        expect(actual).toBeGreaterThanOrEqual(binomial * (1 + 1e-10));
        expect(actual).toBeLessThanOrEqual(binomial * (1 - 1e-10) + Math.LOG10E + allowance(binomial, n));
      }),
      parameters,
    );
  });

  it('never rises as the count grows, and never falls as the lists or the tuples do', () => {
    fc.assert(
      fc.property(listing, size, place, ({ listed, vocabSize }, n, f) => {
        const count = Math.round(f * n);
        const here = drawnListsTailLog10(listed, vocabSize, n, count);
        expectLog10PValue(here);
        const margin = count > n ? 0 : allowance(Math.max(here, -1e7), n);
        expect(drawnListsTailLog10(listed, vocabSize, n, count + 1)).toBeLessThanOrEqual(here + margin);
        expect(drawnListsTailLog10(listed, vocabSize, n + 1, count)).toBeGreaterThanOrEqual(here - margin);
        const more = Math.min(vocabSize - 1, listed + 1);
        expect(drawnListsTailLog10(more, vocabSize, n, count)).toBeGreaterThanOrEqual(here - margin);
      }),
      parameters,
    );
  });

  it.each([
    [1, 1, 1, 1, '"vocabSize" expected an integer in 2 … 2^24, got 1'],
    [1, 2 ** 24 + 1, 1, 1, '"vocabSize" expected an integer in 2 … 2^24, got 16777217'],
    [0, 10, 1, 1, '"listed" expected an integer in 1 … 9, got 0'],
    [10, 10, 1, 1, '"listed" expected an integer in 1 … 9, got 10'],
    [2.5, 10, 1, 1, '"listed" expected an integer in 1 … 9, got 2.5'],
    [5, 10, -1, 1, '"n" expected an integer in 0 … 1e9, got -1'],
    [5, 10, 1e9 + 1, 1, '"n" expected an integer in 0 … 1e9, got 1000000001'],
    [5, 10, 5, 0.5, '"count" expected a safe integer, got 0.5'],
  ])('refuses %d of %d ids, n = %d, count = %d', (listed, vocabSize, n, count, message) => {
    expect(() => drawnListsTailLog10(listed, vocabSize, n, count)).toThrow(new RangeError(message));
  });
});

describe('gammaSumTailLog10', () => {
  it.each(gammas.tests)(
    'agrees with the exact tail: case $tcId, weights $weights, n = $n, x = $x ($comment)',
    ({ weights, n, x, log10PValue }) => {
      const actual = gammaSumTailLog10(weights, n, x);
      expectLog10PValue(actual);
      expect(agrees(actual, log10PValue, gammas.relTol), `${actual} for ${log10PValue}`).toBe(true);
    },
  );

  it('moves by more than the tolerance when x moves by one part in 10^8', () => {
    const moved = gammas.tests.filter(
      (test) => Number.isFinite(test.log10PValue) && test.log10PValue < -1e-100 && test.n < 1e7,
    );
    expect(moved.length).toBeGreaterThan(200);
    for (const { weights, n, x, log10PValue, tcId } of moved) {
      const actual = gammaSumTailLog10(weights, n, x * (1 + 1e-8));
      expect(agrees(actual, log10PValue, gammas.relTol), `case ${tcId}`).toBe(false);
    }
  });

  const weight = fc.double({ min: 0.01, max: 1, noNaN: true });
  const weights = fc.array(weight, { minLength: 1, maxLength: 4 });
  const shape = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 3000 }));
  const ratio = fc.double({ min: 0, max: 6, noNaN: true });
  const total = (w: readonly number[]): number => w.reduce((a, b) => a + b, 0);
  const runs = { ...parameters, numRuns: 100 };

  it('is a plain gamma tail for equal weights and weights of 0', () => {
    fc.assert(
      fc.property(weight, fc.integer({ min: 1, max: 5 }), shape, ratio, (w, m, n, r) => {
        const x = r * n * m * w;
        const expected = gammaTailLog10(m * n, x / w);
        expect(gammaSumTailLog10(new Array<number>(m).fill(w), n, x)).toBe(expected);
        expect(gammaSumTailLog10([0, ...new Array<number>(m).fill(w), 0], n, x)).toBe(expected);
      }),
      runs,
    );
  });

  it('gives one answer by the negative binomial law and by the recurrence for more weights', () => {
    fc.assert(
      fc.property(weight, weight, shape, ratio, (a, b, n, r) => {
        const x = r * n * (a + 2 * b);
        const expected = gammaSumTailLog10([a, b, b], n, x);
        // Moving one weight by one part in 2^50 moves ln p by less than n Σw / x-fold that; x ≥ 1e-3 of the mean or p is 1.
        const actual = gammaSumTailLog10([a, b, b * (1 + 2 ** -50)], n, x);
        expect(agrees(actual, expected, 3e-10), `${actual} for ${expected}`).toBe(true);
      }),
      runs,
    );
  });

  it('does not depend on the order of the weights, nor on a common factor', () => {
    fc.assert(
      fc.property(weights, shape, ratio, (w, n, r) => {
        const x = r * n * total(w);
        const here = gammaSumTailLog10(w, n, x);
        expect(gammaSumTailLog10(w.toReversed(), n, x)).toBe(here);
        // A power of two changes no digit.
        expect(
          gammaSumTailLog10(
            w.map((a) => a / 64),
            n,
            x / 64,
          ),
        ).toBe(here);
      }),
      runs,
    );
  });

  it('never rises as x grows, and never falls as a weight or n grows', () => {
    const step = fc.double({ min: 1e-6, max: 1, noNaN: true });
    fc.assert(
      fc.property(weights, shape, ratio, step, (w, n, r, g) => {
        const x = r * n * total(w);
        const here = gammaSumTailLog10(w, n, x);
        expectLog10PValue(here);
        expect(gammaSumTailLog10(w, n, x * (1 + g))).toBeLessThanOrEqual(here * (1 - 2e-10));
        expect(gammaSumTailLog10(w, n + 1, x)).toBeGreaterThanOrEqual(here * (1 + 2e-10));
        const heavier = [w[0]! * (1 + g), ...w.slice(1)];
        expect(gammaSumTailLog10(heavier, n, x)).toBeGreaterThanOrEqual(here * (1 + 2e-10));
      }),
      runs,
    );
  });

  it('stays between the tail of its largest weight and that of all weights made as large', () => {
    // Also where a weight is so small that it is raised: ratios up to 10^300.
    const ratioOfWeights = fc.double({ min: 0, max: 300, noNaN: true });
    fc.assert(
      fc.property(ratioOfWeights, shape, fc.double({ min: 0.5, max: 6, noNaN: true }), (e, n, r) => {
        const x = r * n;
        const actual = gammaSumTailLog10([10 ** -e, 1], n, x);
        expectLog10PValue(actual);
        expect(actual).toBeGreaterThanOrEqual(gammaTailLog10(n, x) * (1 + 2e-10));
        expect(actual).toBeLessThanOrEqual(gammaTailLog10(2 * n, x) * (1 - 2e-10));
        // A raised weight is √(2n) / 2^18: by as much per unit of n the sum may be larger.
        if (e > 8) {
          const raised = Math.sqrt(2 * n) / 2 ** 18;
          expect(actual).toBeLessThanOrEqual(gammaTailLog10(n, Math.max(0, x - 40 * n * raised)) + 1e-9);
        }
      }),
      { ...runs, numRuns: 60 },
    );
  });

  it.each([
    [[], 1, 1, '"weights" expected at least one, got none'],
    [[1, -1], 1, 1, '"weights" expected finite numbers >= 0, got -1'],
    [[Number.NaN], 1, 1, '"weights" expected finite numbers >= 0, got NaN'],
    [[Infinity], 1, 1, '"weights" expected finite numbers >= 0, got Infinity'],
    [[1, 2], -1, 1, '"n" expected an integer with n * 2 in 0 … 1e9, got -1'],
    [[1, 2], 1.5, 1, '"n" expected an integer with n * 2 in 0 … 1e9, got 1.5'],
    [[1, 2], 6e8, 1, '"n" expected an integer with n * 2 in 0 … 1e9, got 600000000'],
    [[1, 2], 1, Number.NaN, '"x" expected a finite number, got NaN'],
    [[1, 2], 1, Infinity, '"x" expected a finite number, got Infinity'],
  ])('refuses weights %j, n = %d, x = %d', (w, n, x, message) => {
    expect(() => gammaSumTailLog10(w, n, x)).toThrow(new RangeError(message));
  });
});

describe("vLLM's two keys", () => {
  const Score = z.object({
    alpha: z.number(),
    n: z.int(),
    score: z.number(),
    exact_p: z.number(),
    vllm_p: z.number(),
  });
  const Tails = z.object({ expected: z.object({ rows: z.array(Score).min(1) }) });
  const Detected = z.object({
    params: z.object({ kind: z.enum(['detect_null', 'detect_watermarked']), alpha: z.number() }),
    expected: z.object({ score: z.number(), p_value: z.number(), num_scored_tokens: z.int() }),
  });
  const { cases } = z
    .object({ cases: z.array(z.unknown()) })
    .parse(
      JSON.parse(readFileSync(new URL('../vectors/interop/vllm_dual_key.json', import.meta.url), 'utf8')),
    );
  const rows = cases.flatMap((entry) => Tails.safeParse(entry).data?.expected.rows ?? []);
  const detected = cases.flatMap((entry) => Detected.safeParse(entry).data ?? []);

  it('have the tails that a quadrature gives, where the weights differ', () => {
    // At alpha = ½ the quadrature's conditional law has no width and its column is meaningless; see the next claim.
    const unequal = rows.filter(({ alpha }) => alpha !== 0.5);
    expect(unequal).toHaveLength(20);
    for (const { alpha, n, score, exact_p } of unequal) {
      const actual = 10 ** gammaSumTailLog10([1 - alpha, alpha], n, score);
      // The quadrature keeps 12 digits.
      expect(Math.abs(actual / exact_p - 1)).toBeLessThan(1e-11);
    }
  });

  it('have the tails that vLLM gives, where its gamma law is the exact one', () => {
    const exact = [
      ...rows
        .filter(({ alpha }) => alpha === 0.5)
        .map(({ alpha, n, score, vllm_p }) => ({ alpha, n, score, p: vllm_p })),
      ...detected
        .filter(({ params }) => [0, 0.5, 1].includes(params.alpha))
        .map(({ params: { alpha }, expected: { score, p_value, num_scored_tokens } }) => {
          return { alpha, n: num_scored_tokens, score, p: p_value };
        }),
    ];
    expect(exact.length).toBeGreaterThan(30);
    for (const { alpha, n, score, p } of exact) {
      const actual = n === 0 ? 1 : 10 ** gammaSumTailLog10([1 - alpha, alpha], n, score);
      expect(Math.abs(actual / p - 1)).toBeLessThan(1e-11);
    }
  });

  it('have tails that vLLM makes too small where the weights differ', () => {
    const strong = detected.filter(
      ({ params, expected }) => ![0, 0.5, 1].includes(params.alpha) && expected.p_value < 1e-6,
    );
    expect(strong.length).toBeGreaterThan(3);
    for (const { params, expected } of strong) {
      const weights = [1 - params.alpha, params.alpha];
      const actual = gammaSumTailLog10(weights, expected.num_scored_tokens, expected.score);
      expect(actual).toBeGreaterThan(Math.log10(expected.p_value) + 1);
    }
  });
});
