/**
 * Lower tail of a weighted sum of unit exponentials: the null law of a sum of log-likelihood ratios under `gumbel`.
 * Source: Chernoff, Ann. Math. Statist. 23 (1952); Lugannani and Rice, Adv. Appl. Probab. 12 (1980).
 */
import { millsRatio } from './normal-tail.ts';

/** Two values of one tail. */
export interface ExponentialSumTail {
  /** log10 of an upper bound of the tail, rounding included: what may decide. ≤ 0. */
  readonly log10Bound: number;
  /** log10 of the saddle-point value of the tail, close to the tail itself and no bound. ≤ 0. */
  readonly log10SaddlePoint: number;
}

/** Below this the two poles of the Lugannani–Rice formula cancel, and its limit is used. */
const NEAR_MEAN = 0.01;
/** What the rounding of words to multiples of 2^-32 can add to ln of the bound, for each term. */
const WORD_ROUNDING = 2 ** -32;
/** Of the size of the terms; sums of n of them are off by less than n times this. */
const SUM_ROUNDING = 2 ** -50;
/** Multiple of the mean. */
const FAR_ABOVE = 1000;
const MAX_STEPS = 200;

/**
 * Computes P(Σ wᵢ Eᵢ ≤ s) for independent unit exponentials Eᵢ, and for −ln(max(uᵢ, 1) / 2^32) of uniform words in their place.
 *
 * With x = t wᵢ and N = 2^32, the mean of (max(u, 1) / N)^x is at most 1/(1 + x) + N^-(1 + x): a sum over u < N of an
 * increasing function is below its integral, and u = 0 adds one term. That is at most (1 + 1/N) / (1 + x). So for every t > 0
 *
 *     ln P ≤ t s − Σ ln(1 + t wᵢ) + n / N,
 *
 * which is smallest at the saddle point Σ wᵢ / (1 + t wᵢ) = s. As it holds for every t, it takes no exact root.
 *
 * @param weights Float64Array `[n]`, wᵢ > 0, finite.
 * @param sum     s > 0, finite; ≥ 0 for n = 0.
 */
export function exponentialSumTail(weights: Float64Array, sum: number): ExponentialSumTail {
  const mean = weights.reduce((total, weight) => total + weight, 0);
  // Beyond this some Eᵢ is above 1,000, which has probability 0 to every digit; so it is for no weights.
  if (sum >= FAR_ABOVE * mean) return { log10Bound: 0, log10SaddlePoint: 0 };
  const t = saddlePointOf(weights, sum);
  let exponent = 0;
  let variance = 0;
  let third = 0;
  for (const weight of weights) {
    const tilted = weight / (1 + t * weight);
    exponent += Math.log1p(t * weight);
    variance += tilted ** 2;
    third += 2 * tilted ** 3;
  }
  const size = Math.abs(t) * sum + Math.abs(exponent);
  const margin = weights.length * (WORD_ROUNDING + SUM_ROUNDING * size);
  // Below 0 the tilt bounds the other tail, and nothing is known of this one.
  const lnBound = t > 0 ? t * sum - exponent + margin : 0;
  return {
    log10Bound: Math.min(0, lnBound) * Math.LOG10E + 0,
    log10SaddlePoint: Math.min(0, lnSaddlePoint(t, exponent - t * sum, variance, third)) * Math.LOG10E + 0,
  };
}

// The slope Σ w / (1 + t w) − s falls and is convex, so that Newton's steps from a point left of the root stay left of it.
function saddlePointOf(weights: Float64Array, sum: number): number {
  let largest = 0;
  for (const weight of weights) largest = Math.max(largest, weight);
  // Where the largest term alone is s.
  let t = 1 / sum - 1 / largest;
  for (let step = 0; step < MAX_STEPS; step++) {
    let slope = -sum;
    let fall = 0;
    for (const weight of weights) {
      const tilted = weight / (1 + t * weight);
      slope += tilted;
      fall += tilted ** 2;
    }
    const next = t + slope / fall;
    if (!(next > t)) break;
    t = next;
    if (slope <= 1e-13 * sum) break;
  }
  return t;
}

// `depth` is −K(−t) − ts ≥ 0: half the square of the signed root.
function lnSaddlePoint(t: number, depth: number, variance: number, third: number): number {
  const root = Math.sign(t) * Math.sqrt(2 * Math.max(0, depth));
  const scaled = t * Math.sqrt(variance);
  const correction = Math.abs(root) < NEAR_MEAN ? third / (6 * variance ** 1.5) : 1 / scaled - 1 / root;
  const lnDensity = -(root ** 2) / 2 - Math.log(2 * Math.PI) / 2;
  if (root >= 0) return lnDensity + Math.log(millsRatio(root) + correction);
  // Above the mean the other tail is the small one.
  return Math.log1p(-Math.exp(lnDensity) * (millsRatio(-root) - correction));
}
