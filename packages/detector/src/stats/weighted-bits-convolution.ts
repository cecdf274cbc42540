/**
 * The tail of a weighted count of bits close to its maximum or in few tuples, by convolution of positive numbers.
 *
 * With C the deficit from the maximum, c that of the threshold, and P_σ the law under which each fair bit is missing with
 * probability 1 / (1 + e^(wσ)), one of odds o against it with probability o / (o + e^(wσ)),
 *
 *     P(S ≥ s) = exp(K(σ) - σs) · Σ over j = 0 … c of e^(-σ(c - j)) P_σ(C = j),
 *
 * the same factor and the same integral as in lattice-tail.ts, and every term positive for every σ ≥ 0.
 */
import { lnBinomialPoint } from './binomial-point.ts';
import type { LatticeLaw } from './lattice-law.ts';
import { saddlePoint } from './saddle-point.ts';
import { bitsLaw, type WeightedBit } from './weighted-bits-law.ts';

/**
 * Counts the multiplications that the convolution would take.
 *
 * @param bits     the gathered bits.
 * @param deficit  c = maximum - s, ≥ 0.
 * @returns the count, ≥ 0.
 */
export function convolutionCost(bits: readonly WeightedBit[], deficit: number): number {
  let terms = bits.length;
  for (const { weight, trials } of bits) terms += Math.min(trials, Math.floor(deficit / weight));
  return terms * (deficit + 1);
}

/**
 * Computes ln P(S ≥ s) for s = maximum - deficit.
 *
 * @param bits     the gathered bits, each weight > 0. Not retained.
 * @param deficit  c, integer ≥ 1; memory and time grow with {@link convolutionCost}.
 * @param law      the law of their weighted count.
 * @param odds     odds against a bit, (1 - p) / p; 1 for fair ones.
 * @returns the logarithm in nats, to about 1e-12 relative in the tail.
 */
export function lnConvolvedTail(
  bits: readonly WeightedBit[],
  deficit: number,
  law: LatticeLaw = bitsLaw(bits),
  odds = 1,
): number {
  const { sigma, exponent } = saddlePoint(law, law.maximum - deficit);
  let mass = new Float64Array(deficit + 1);
  mass[0] = 1;
  for (const { weight, trials } of bits) {
    const decay = odds * Math.exp(-weight * sigma);
    const missing = decay / (1 + decay);
    const next = new Float64Array(deficit + 1);
    const most = Math.min(trials, Math.floor(deficit / weight));
    for (let count = 0; count <= most; count++) {
      const point = Math.exp(lnBinomialPoint(trials, count, missing, 1 / (1 + decay)));
      const shift = count * weight;
      for (let j = shift; j <= deficit; j++) next[j]! += point * mass[j - shift]!;
    }
    mass = next;
  }
  let sum = 0;
  for (let j = 0; j <= deficit; j++) sum += Math.exp(-sigma * (deficit - j)) * mass[j]!;
  return exponent.value + Math.log(sum);
}
