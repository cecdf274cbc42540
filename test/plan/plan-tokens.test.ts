import { detectionPower, nextTokenMix, planTokens } from '@countermark/detector/plan';
import { binomialTailLog10, gammaTailLog10, weightedBitsTailLog10 } from '@countermark/detector/stats';
import { type SchemeParams, seededRandom } from '@countermark/watermark';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCHEMES } from '../support/random-key.ts';

const SCALE = 2 ** 20;
// Two-sided 1e-6 for a normal deviate.
const DEVIATIONS = 4.9;

/** The least integer s with tail(s) ≤ alpha. */
function threshold(tailLog10: (s: number) => number, high: number, alpha: number): number {
  let low = 0;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (tailLog10(middle) > Math.log10(alpha)) low = middle;
    else high = middle;
  }
  return high;
}

describe('nextTokenMix', () => {
  it('has the entropy asked for, and shares that sum to 1', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 4.9, noNaN: true }), (entropy) => {
        const { probabilities, shares, classes } = nextTokenMix(entropy);
        // Sums of 65 terms, each off by some 2^-53 of its size.
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
        expect(shares.reduce((sum, share, k) => sum - share * Math.log(probabilities[k]!), 0)).toBeCloseTo(
          entropy,
          12,
        );
        expect(classes.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
        expect(Math.min(...shares, ...classes.map(({ share }) => share))).toBeGreaterThanOrEqual(0);
      }),
      { seed: 1 },
    );
  });

  it.each([0, -1, 4.96, Number.NaN])('refuses an entropy of %d', (entropy) => {
    expect(() => nextTokenMix(entropy)).toThrow('"entropy" expected 0 < entropy <= 4.95 nats');
  });
});

describe('detectionPower', () => {
  it('is that of simulated Gumbel scores', () => {
    const random = seededRandom(1);
    const runs = 20_000;
    for (const [entropy, share, n] of [
      [1, 1, 40],
      [3, 0.3, 50],
      [2, 0.1, 400],
    ] as const) {
      const { probabilities, shares } = nextTokenMix(entropy);
      let total = 0;
      const cumulative = shares.map((each) => {
        total += each;
        return total;
      });
      cumulative[shares.length - 1] = 1;
      const x = threshold((s) => gammaTailLog10(n, s / SCALE), 8 * n * SCALE, 1e-3) / SCALE;
      let detected = 0;
      for (let run = 0; run < runs; run++) {
        let sum = 0;
        for (let i = 0; i < n; i++) {
          let r = random();
          if (random() < share) {
            const place = random();
            r **= probabilities[cumulative.findIndex((bound) => place < bound)]!;
          }
          sum -= Math.log1p(-r);
        }
        if (sum >= x) detected++;
      }
      const power = detectionPower({ scheme: { kind: 'gumbel' }, entropy, share, alpha: 1e-3 }, n);
      const error = Math.sqrt((power * (1 - power)) / runs);
      expect(Math.abs(detected / runs - power)).toBeLessThan(DEVIATIONS * error);
      // Neither end would tell much.
      expect(power).toBeGreaterThan(0.1);
      expect(power).toBeLessThan(0.95);
    }
  });

  it('is the null tail where next to nothing is marked', () => {
    for (const n of [20, 300, 5000]) {
      const options = { scheme: { kind: 'gumbel' }, entropy: 1, share: 1e-15, alpha: 0.05 } as const;
      const s = threshold((sum) => gammaTailLog10(n, sum / SCALE), 8 * n * SCALE, 0.05);
      // Rounding each score down costs n units of 2^-20; the inversion is good to 1e-10.
      const expected = 10 ** gammaTailLog10(n, (s + n) / SCALE);
      expect(Math.abs(detectionPower(options, n) - expected)).toBeLessThan(1e-9);
    }
  });

  it('is that of a convolved tournament', () => {
    const weights = [20, 11, 2];
    for (const [entropy, share, n] of [
      [1, 1, 40],
      [3, 0.4, 60],
    ] as const) {
      // One tuple's score, then n of them by repeated sums: exact up to rounding.
      const one = new Float64Array(34);
      const classes = [
        { share: 1 - share, biases: [0, 0, 0] },
        ...nextTokenMix(entropy).classes.map((each) => ({ ...each, share: share * each.share })),
      ];
      for (const each of classes) {
        for (let bits = 0; bits < 8; bits++) {
          let mass = each.share;
          let score = 0;
          for (const [layer, weight] of weights.entries()) {
            const bit = (bits >> layer) & 1;
            mass *= (1 + (bit ? 1 : -1) * each.biases[layer]!) / 2;
            score += bit * weight;
          }
          one[score]! += mass;
        }
      }
      let law = Float64Array.of(1);
      for (let i = 0; i < n; i++) {
        const next = new Float64Array(law.length + 33);
        for (const [a, mass] of law.entries())
          for (const [b, each] of one.entries()) next[a + b]! += mass * each;
        law = next;
      }
      const s = threshold((sum) => weightedBitsTailLog10(Uint32Array.from(weights), n, sum), 33 * n, 0.01);
      const expected = law.subarray(s).reduce((sum, mass) => sum + mass, 0);
      const options = { scheme: { kind: 'tournament', depth: 3 }, entropy, share, alpha: 0.01 } as const;
      // The lattice engine's 1e-10 of the logarithm, and as much again for the convolution.
      expect(detectionPower(options, n) / expected).toBeCloseTo(1, 8);
      expect(expected).toBeGreaterThan(0.05);
      expect(expected).toBeLessThan(0.999);
    }
  });

  it('is the binomial tail of a green share that a single distribution of that mix attains', () => {
    // Theorem 4.2 of Kirchenbauer et al. for each probability by itself, γ = ½, δ = ln 3: the modulus is ½, the scale 2.
    const { probabilities, shares } = nextTokenMix(1.5);
    const green = shares.reduce((sum, share, k) => sum + (share * 0.75) / (1 + 0.5 * probabilities[k]!), 0);
    const n = 500;
    const s = threshold((k) => binomialTailLog10(n, k, 2 ** 31), n, 1e-4);
    const numerator = Math.floor((0.4 * 0.5 + 0.6 * green) * 2 ** 32);
    const scheme = { kind: 'green-list', gamma: 0.5, delta: Math.log(3) } as const;
    const power = detectionPower({ scheme, entropy: 1.5, share: 0.6, alpha: 1e-4 }, n);
    // One unit of 2^-32 in the probability moves the tail by less than n · 2^-32 of itself.
    expect(power / 10 ** binomialTailLog10(n, s, numerator)).toBeCloseTo(1, 6);
  });
});

describe.each(SCHEMES)('planTokens for $kind', (scheme: SchemeParams) => {
  it('gives the least number from which on the power is reached', () => {
    for (const [entropy, share] of [
      [0.5, 1],
      [1, 0.3],
    ] as const) {
      const options = { scheme, entropy, share, alpha: 1e-4 };
      const { scored, power } = planTokens({ ...options, power: 0.8 });
      expect(power).toBe(detectionPower(options, scored));
      expect(detectionPower(options, scored - 1)).toBeLessThan(0.8);
      for (let n = scored; n < scored + 40; n++) {
        expect(detectionPower(options, n)).toBeGreaterThanOrEqual(0.8);
      }
    }
  });

  it('asks for more where there is less entropy, a smaller share, a smaller level or more power', () => {
    const base = { scheme, entropy: 1, share: 0.5, alpha: 1e-3, power: 0.5 };
    const { scored } = planTokens(base);
    for (const harder of [{ entropy: 0.7 }, { share: 0.3 }, { alpha: 1e-6 }, { power: 0.9 }]) {
      expect(planTokens({ ...base, ...harder }).scored).toBeGreaterThan(scored);
    }
  });

  it('never plans for less than the minimum of a verdict', () => {
    const easy = { scheme, entropy: 4.9, alpha: 0.1, power: 0.5 };
    expect(planTokens(easy).scored).toBe(50);
    expect(planTokens({ ...easy, minTokens: 70 }).scored).toBe(70);
  });
});

describe('planTokens', () => {
  it.each([
    [{ share: 0 }, '"share" expected 0 < share <= 1, got 0'],
    [{ share: 1.1 }, '"share"'],
    [{ alpha: 1 }, '"alpha" expected 0 < alpha < 1, got 1'],
    [{ power: 1 }, '"power" expected 0 < power < 1, got 1'],
    [{ minTokens: 10 }, '"minTokens" expected an integer >= 20, got 10'],
    [{ entropy: 0 }, '"entropy"'],
    [{ share: 1e-6 }, 'expected a plan of at most 10000000 tuples'],
  ])('refuses %j', (wrong, message) => {
    const options = { scheme: { kind: 'gumbel' }, entropy: 1, ...wrong } as const;
    expect(() => planTokens(options)).toThrow(RangeError);
    expect(() => planTokens(options)).toThrow(message);
  });

  it('ends for a green share whose saw is longer than what is looked at', () => {
    const options = { scheme: { kind: 'green-list', gamma: 1e-5, delta: 11 }, entropy: 3.5 } as const;
    const { scored, power } = planTokens(options);
    expect(power).toBeGreaterThanOrEqual(0.9);
    expect(detectionPower(options, scored)).toBe(power);
  });

  it('refuses a number of tuples that it cannot compute', () => {
    expect(() => detectionPower({ scheme: { kind: 'gumbel' }, entropy: 1 }, 19)).toThrow('"scored" expected');
  });
});
