/**
 * The law of a sum of Gumbel scores over marked and unmarked tokens.
 *
 * The score of a marked token of probability 1/a is −ln(1 − r) with r ~ Beta(a, 1); its characteristic function is
 * φ(t) = Γ(a + 1) Γ(1 − it) / Γ(a + 1 − it), and a = 1 is the unmarked token. |φ(t)| ≤ (1 + t²)^-½ for every a ≥ 1.
 * Source: Davies, "Numerical inversion of a characteristic function", Biometrika 60 (1973), for the sum over half steps.
 */
import { lnGamma } from './ln-gamma.ts';
import type { NextTokenMix } from './next-token-mix.ts';

/** Errors of the sum below are at most this, as aliases and as what is cut off; beyond them there is rounding. */
const LN_ERROR = -34;

/**
 * Computes P(sum of n scores ≥ x), each tuple being marked with probability `share`.
 *
 * @param mix   probabilities of the sampled tokens.
 * @param share share of marked tuples, 0…1.
 * @param n     number of tuples, ≥ 20.
 * @param x     threshold, > 0.
 * @returns the probability, to about 1e-10.
 */
export function gumbelPower(mix: NextTokenMix, share: number, n: number, x: number): number {
  const parts = [{ a: 1, weight: 1 - share }];
  for (const [k, probability] of mix.probabilities.entries()) {
    parts.push({ a: 1 / probability, weight: share * mix.shares[k]! });
  }
  const laws = parts
    .filter(({ weight }) => weight > 0)
    .map(({ a, weight }) => ({ a, weight, lnGammaOfA: lnGamma(a + 1, 0)[0] }));

  // E e^(X/2) bounds P(S > y) by e^(n ln M − y/2): aliases come from above x + width, and from below x − width ≤ 0.
  const lnHalf = lnGamma(0.5, 0)[0];
  const lnM = Math.log(
    laws.reduce(
      (sum, { a, weight, lnGammaOfA }) =>
        sum + weight * Math.exp(lnGammaOfA + lnHalf - lnGamma(a + 0.5, 0)[0]),
      0,
    ),
  );
  const width = Math.max(x, 2 * (n * lnM - LN_ERROR) - x);
  const step = (2 * Math.PI) / width;

  let sum = 0;
  for (let j = 0; ; j++) {
    const t = (j + 0.5) * step;
    if (-0.5 * n * Math.log1p(t * t) < LN_ERROR) break;
    const [reOfOne, imOfOne] = lnGamma(1, -t);
    let re = 0;
    let im = 0;
    for (const { a, weight, lnGammaOfA } of laws) {
      const [reOfA, imOfA] = lnGamma(a + 1, -t);
      const modulus = weight * Math.exp(lnGammaOfA + reOfOne - reOfA);
      re += modulus * Math.cos(imOfOne - imOfA);
      im += modulus * Math.sin(imOfOne - imOfA);
    }
    const modulus = Math.exp(0.5 * n * Math.log(re * re + im * im));
    sum += (modulus * Math.sin(n * Math.atan2(im, re) - t * x)) / (Math.PI * (j + 0.5));
  }
  return Math.min(1, Math.max(0, 0.5 + sum));
}
