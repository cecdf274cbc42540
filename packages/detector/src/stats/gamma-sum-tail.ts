/**
 * Exact upper tail of a weighted sum of gamma variables: the null law of scores under several keys with weights of their own.
 * Source: Moschopoulos 1985, see gamma-mixture.ts; NIST DLMF 8.8.5, 8.8.6 for the step from one shape to the next.
 *
 * With θ the smallest weight, P(S ≥ x) = Σ_k P(K = k) P(Gamma(ρ + k) ≥ x / θ). Terms are positive and log-concave in k: the
 * masses of K are, and so is P(Gamma(m) ≥ X) = P(Poisson(X) ≤ m - 1) in m. So beyond a place where terms fall by a factor f,
 * the rest is at most term · f / (1 - f), and that is added: truncation never makes a tail smaller.
 */

import { type GammaGroup, gammaMixing, type Mixing } from './gamma-mixture.ts';
import { gammaSumTilt } from './gamma-sum-tilt.ts';
import { gammaTailLog10, lnGammaHead, lnGammaTail, lnPoissonPoint } from './gamma-tail.ts';
import { log10OfComplement, log10OfTail } from './log10-tail.ts';

/** Largest shape accepted, of all gamma variables together. */
const MAX_SHAPE = 1e9;

/** A tail above e^-0.5 is obtained from its complement, so that p close to 1 keeps its distance from 1. */
const LN_LARGE = -0.5;

/** Sums begin where terms are this much below the largest, and end where the rest is below 2^-60. */
const LN_START = 45;
const REST: number = 2 ** -60;

/** Bounds √shape times the ratio of two weights, and so the number of terms: millions, tens of milliseconds. */
const MAX_SPREAD: number = 2 ** 18;

/** Bounds x / θ, and so the number of terms far out; of three weights or more, the number of masses that are tabulated. */
const MAX_RATIO: number = 2 ** 40;
const MAX_TABLE: number = 2 ** 22;

/** A complement below this is lost in log10 p. */
const LN_LOST = -750;

/**
 * Computes log10 P(Σ_i weights[i] G_i ≥ x) for independent G_i ~ Gamma(n, 1).
 *
 * Weights of 0 are left out and equal ones put together, so that one weight, however often, gives the plain gamma tail. Exact
 * up to rounding, at most 1e-10 · |result|, as long as the smallest weight is at least √(shapes) / 2^18 of the largest and x / 2^40, of
 * three different ones or more x / 2^22; a smaller one is taken for that, which makes the result an upper bound.
 * Results above -2.3e-308, the smallest normal double, may round to 0.
 *
 * @param weights at least one, each finite and ≥ 0. Not retained.
 * @param n       shape of each variable, integer ≥ 0; n times the number of weights at most 1e9.
 * @param x       observed sum, finite.
 * @returns log10 of the p-value, ≤ 0; 0 if x ≤ 0, and -Infinity (p = 0, exactly) only if x > 0 and nothing is summed.
 * @throws {RangeError} if an argument is out of range.
 */
export function gammaSumTailLog10(weights: readonly number[], n: number, x: number): number {
  if (weights.length === 0) throw new RangeError('"weights" expected at least one, got none');
  for (const weight of weights) {
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RangeError(`"weights" expected finite numbers >= 0, got ${weight}`);
    }
  }
  if (!Number.isInteger(n) || n < 0 || n * weights.length > MAX_SHAPE) {
    throw new RangeError(`"n" expected an integer with n * ${weights.length} in 0 … 1e9, got ${n}`);
  }
  if (!Number.isFinite(x)) throw new RangeError(`"x" expected a finite number, got ${x}`);
  if (x <= 0) return 0;
  const groups = gatherWeights(weights, n, x);
  if (groups.length === 0 || n === 0) return -Infinity;
  const [least] = groups;
  if (groups.length === 1) return gammaTailLog10(least!.shape, x / least!.scale);
  const shapes = n * weights.filter((weight) => weight > 0).length;
  // S is at least the smallest weight times Gamma(ρ), so P(S < x) is at most this.
  if (lnGammaHead(shapes, x / least!.scale) < LN_LOST) return 0;
  const mixed = mixtureOf(groups, n, x);
  const upper = x > groups.reduce((mean, { scale, shape }) => mean + scale * shape, 0);
  const lnFirst = upper ? lnUpperTail(mixed) : lnLowerTail(mixed);
  if (lnFirst <= LN_LARGE) return upper ? log10OfTail(lnFirst) : log10OfComplement(lnFirst);
  return upper ? log10OfComplement(lnLowerTail(mixed)) : log10OfTail(lnUpperTail(mixed));
}

/** One group per distinct weight > 0, in rising order. */
function gatherWeights(weights: readonly number[], n: number, x: number): GammaGroup[] {
  const positive = weights.filter((weight) => weight > 0);
  const largest = positive.reduce((a, b) => Math.max(a, b), 0);
  const spread = largest * (Math.sqrt(n * positive.length) / MAX_SPREAD);
  const ratio = new Set(positive).size > 2 ? MAX_TABLE : MAX_RATIO;
  const least = Math.min(largest, Math.max(spread, x / ratio));
  const shapes = new Map<number, number>();
  for (const weight of positive) {
    const scale = Math.max(weight, least);
    shapes.set(scale, (shapes.get(scale) ?? 0) + n);
  }
  return [...shapes].map(([scale, shape]) => ({ scale, shape })).sort((a, b) => a.scale - b.scale);
}

/** θ Gamma(ρ + K) against x = θ X. */
interface Mixture {
  readonly mixing: Mixing;
  /** ρ. */
  readonly shape: number;
  /** X. */
  readonly threshold: number;
  /** A k close to the largest terms. */
  readonly typical: number;
}

function mixtureOf(groups: readonly GammaGroup[], n: number, x: number): Mixture {
  const scales = groups.flatMap(({ scale, shape }) => new Array<number>(shape / n).fill(scale));
  const sigma = gammaSumTilt(scales, x / n);
  const [least] = groups;
  // Under the tilt β_j is multiplied by 1 / (1 - θ₁ σ), and K has the mean Σ a β / (1 - β).
  const typical = groups.reduce((sum, { scale, shape }) => {
    return sum + (shape * (scale - least!.scale)) / (least!.scale * (1 - scale * sigma));
  }, 0);
  return {
    mixing: gammaMixing(groups),
    shape: groups.reduce((sum, { shape }) => sum + shape, 0),
    threshold: x / least!.scale,
    typical: Math.round(typical),
  };
}

/** ln Σ_k P(K = k) P(Gamma(ρ + k) ≥ X), upwards: P(Gamma(m + 1) ≥ X) is P(Gamma(m) ≥ X) and a Poisson probability. */
function lnUpperTail({ mixing, shape, threshold, typical }: Mixture): number {
  const lnTermAt = (k: number): number => mixing.lnMassAt(k) + lnGammaTail(shape + k, threshold);
  const start = startBefore(lnTermAt, typical, -1);
  let k = start;
  let step = Math.exp(lnPoissonPoint(shape + k, threshold) - lnGammaTail(shape + k, threshold));
  const sum = sumLogConcave(start === 0, () => {
    const growth = 1 + step;
    const ratio = mixing.ratioAt(k) * growth;
    step *= threshold / ((shape + k + 1) * growth);
    k++;
    return ratio;
  });
  return lnTermAt(start) + Math.log(sum);
}

/** ln Σ_k P(K = k) P(Gamma(ρ + k) < X), downwards: P(Gamma(m - 1) < X) is P(Gamma(m) < X) and a Poisson probability. */
function lnLowerTail({ mixing, shape, threshold, typical }: Mixture): number {
  const lnTermAt = (k: number): number => mixing.lnMassAt(k) + lnGammaHead(shape + k, threshold);
  const start = startBefore(lnTermAt, typical, 1);
  let k = start;
  // ρ ≥ 2: the shape before is at least 1.
  let step = Math.exp(lnPoissonPoint(shape + k - 1, threshold) - lnGammaHead(shape + k, threshold));
  const sum = sumLogConcave(false, () => {
    if (k === 0) return 0;
    const growth = 1 + step;
    k--;
    const ratio = growth / mixing.ratioAt(k);
    step *= (shape + k) / (threshold * growth);
    return ratio;
  });
  return lnTermAt(start) + Math.log(sum);
}

/** A k on the given side of the typical one from which on terms do not matter; 0 at the least. */
function startBefore(lnTermAt: (k: number) => number, typical: number, side: -1 | 1): number {
  const enough = lnTermAt(typical) - LN_START;
  let distance = 4 + 2 * Math.sqrt(typical);
  for (;;) {
    const k = Math.max(0, Math.round(typical + side * distance));
    if (k === 0 || lnTermAt(k) < enough) return k;
    distance *= 1.5;
  }
}

/**
 * Sums log-concave terms relative to the first, the rest on either side bounded and added.
 *
 * @param complete whether nothing comes before the first.
 * @param nextRatio the quotient of the next term and the one before it; 0 after the last.
 */
function sumLogConcave(complete: boolean, nextRatio: () => number): number {
  let ratio = nextRatio();
  // Before the first, terms fall by at least the factor 1 / ratio.
  let sum = complete ? 1 : 1 + 1 / (ratio - 1);
  let term = 1;
  for (;;) {
    term *= ratio;
    sum += term;
    ratio = nextRatio();
    if (ratio < 1) {
      const rest = (term * ratio) / (1 - ratio);
      if (rest <= REST * sum) return sum + rest;
    }
  }
}
