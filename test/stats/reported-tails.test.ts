import { nullTailLog10, rankAmongDecoys } from '@countermark/detector';
import { mergeIndependentPValues } from '@countermark/detector/evidence';
import { clopperPearson, drawnScoresMargin, errUpwards, TAIL_MARGIN } from '@countermark/detector/stats';
import type { NullLaw } from '@countermark/watermark/scheme';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { choose, log10Share } from './exact.ts';
import { Log10, readVectors } from './vectors.ts';

/** One known answer, as a detector would ask for it. */
interface Asked {
  readonly law: NullLaw;
  readonly n: number;
  readonly sum: number;
  readonly exact: number;
}

const count = z.int().nonnegative();
const weights = z.array(count).min(1).max(30);
const gamma = readVectors('stats-gamma-tail', { n: count, x: z.number(), log10PValue: Log10 });
const binomial = readVectors('stats-binomial-tail', {
  n: count,
  k: z.int(),
  numerator: count,
  log10PValue: Log10,
});
const fair = readVectors('stats-weighted-bits-tail', {
  weights,
  n: count,
  sum: z.int(),
  log10PValue: Log10,
});
const biased = readVectors('stats-biased-bits-tail', {
  weights,
  n: count,
  ones: count,
  of: count,
  sum: z.int(),
  log10PValue: Log10,
});
const gammaSum = readVectors('stats-gamma-sum-tail', {
  weights: z.array(z.number().nonnegative()).min(1),
  n: count,
  x: z.number(),
  log10PValue: Log10,
});

const asked: [string, Asked[]][] = [
  [
    'gamma',
    gamma.tests.map(({ n, x, log10PValue }) => {
      return { law: { kind: 'gamma', scale: 1 }, n, sum: x, exact: log10PValue };
    }),
  ],
  [
    'binomial',
    binomial.tests.map(({ n, k, numerator, log10PValue }) => {
      return { law: { kind: 'binomial', numerator }, n, sum: k, exact: log10PValue };
    }),
  ],
  [
    'fair bits',
    fair.tests.map(({ weights: each, n, sum, log10PValue }) => {
      return { law: { kind: 'weighted-bits', weights: Uint32Array.from(each) }, n, sum, exact: log10PValue };
    }),
  ],
  [
    'biased bits',
    biased.tests.map(({ weights: each, n, ones, of, sum, log10PValue }) => {
      const law = { kind: 'weighted-bits', weights: Uint32Array.from(each), share: { ones, of } } as const;
      return { law, n, sum, exact: log10PValue };
    }),
  ],
  [
    'gamma sum',
    gammaSum.tests.map(({ weights: each, n, x, log10PValue }) => {
      return { law: { kind: 'gamma-sum', scale: 1, weights: each }, n, sum: x, exact: log10PValue };
    }),
  ],
];

describe('nullTailLog10', () => {
  it.each(asked)('is never below the exact tail, nor much above it: %s', (_, answers) => {
    const tested = answers.filter(({ n }) => n > 0);
    expect(tested.length).toBeGreaterThan(50);
    for (const { law, n, sum, exact } of tested) {
      const reported = nullTailLog10(law, n, sum);
      expect(reported, `${JSON.stringify(law)}, n = ${n}, sum = ${sum}`).toBeGreaterThanOrEqual(exact);
      // The margin, and once more the error of the method.
      if (Number.isFinite(exact))
        expect(reported).toBeLessThanOrEqual(exact * (1 - TAIL_MARGIN - 1e-10) + 2 ** -1022);
    }
  });
});

describe('errUpwards', () => {
  it('leaves p = 1 and p = 0 as they are, and moves all else towards 1', () => {
    expect(Object.is(errUpwards(0), 0)).toBe(true);
    expect(errUpwards(-Infinity)).toBe(-Infinity);
    for (const log10 of [-1e-300, -1e-9, -0.3, -6, -1e5]) {
      expect(errUpwards(log10)).toBeGreaterThan(log10);
      expect(errUpwards(log10) / log10).toBeCloseTo(1 - 2 ** -33, 15);
    }
    expect(Object.is(errUpwards(-Number.MIN_VALUE), 0)).toBe(true);
  });

  it('takes a margin that does not shrink as p nears 1, where the error does not', () => {
    expect(errUpwards(-0.25, 1e-9, 1)).toBe(-0.25 + 1e-9);
    expect(errUpwards(-100, 1e-9, 1)).toBe(-100 + 1e-7);
    expect(Object.is(errUpwards(-1e-10, 1e-9, 1), 0)).toBe(true);
  });

  it('leaves more than the rounding of a correction that follows', () => {
    // A family of 2^30 tests; the sum of two logarithms is off by 2^-53 of the larger and half as much for log10 itself.
    for (const log10 of [-9.04, -10, -300, -1e5]) {
      const slack = (TAIL_MARGIN - 1e-10) * -log10;
      expect(slack).toBeGreaterThan(2 ** -51 * (30 * Math.log10(2) - log10));
    }
  });
});

describe('drawnScoresMargin', () => {
  it('is above the errors that docs/statistics.md states: 1e-10 up to 100,000 draws, 2e-9 at ten million', () => {
    expect(drawnScoresMargin(1)).toBeGreaterThan(1e-10);
    expect(drawnScoresMargin(100_000)).toBeGreaterThan(1e-10);
    expect(drawnScoresMargin(10_000_000)).toBeGreaterThan(2e-9);
  });
});

/** log10 P(Bin(n, numerator / 2^32) ≥ k), exactly. */
function exactBinomial(n: number, k: number, numerator: number): number {
  let above = 0n;
  for (let j = k; j <= n; j++) {
    above += choose(n, j) * BigInt(numerator) ** BigInt(j) * BigInt(2 ** 32 - numerator) ** BigInt(n - j);
  }
  return log10Share(above, 2n ** BigInt(32 * n));
}

describe('other reported tails', () => {
  it('are never below the exact ones: the alarm of decoys', () => {
    for (let hits = 1; hits <= 60; hits++) {
      const decoys = Array.from({ length: 60 }, (_, i) => (i < hits ? -3 : -1));
      // log10Share is good to 1e-12 of the logarithm here; the margin is a hundred times that.
      const exact = exactBinomial(60, hits, 42_949_672) * (1 - 1e-12);
      expect(rankAmongDecoys(-6, decoys).log10AlarmPValue).toBeGreaterThanOrEqual(exact);
    }
  });

  it("are never below the exact ones: Fisher's product", () => {
    for (let tests = 2; tests <= 12; tests++) {
      // All p-values 1/e: P(Gamma(m) ≥ m) = e^-m Σ m^j / j!, terms of one sign.
      let term = 1;
      let sum = 1;
      for (let j = 1; j < tests; j++) sum += term *= tests / j;
      const exact = Math.log10(sum) - tests * Math.LOG10E;
      const merged = mergeIndependentPValues(new Array<number>(tests).fill(-Math.LOG10E));
      expect(merged).toBeGreaterThan(exact * (1 - 1e-12));
    }
  });

  it('make intervals of a probability wider, never narrower', () => {
    for (let successes = 1; successes < 25; successes++) {
      const { low } = clopperPearson(25, successes);
      expect(exactBinomial(25, successes, low * 2 ** 32)).toBeLessThanOrEqual(Math.log10(0.025));
    }
  });
});
