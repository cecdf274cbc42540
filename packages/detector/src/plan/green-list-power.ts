import { TWO_32 } from '@countermark/watermark/scheme';
import { binomialTailLog10 } from '../stats/binomial-tail.ts';
import type { NextTokenMix } from './next-token-mix.ts';

/**
 * Returns how often a marked token is green at the least, over a model's next-token distributions.
 *
 * Source: Kirchenbauer et al., "A Watermark for Large Language Models", ICML 2023, Theorem 4.2: a bound from below by
 * spike entropies. It is γ where the model is certain.
 */
export function greenShare(mix: NextTokenMix, gamma: number, delta: number): number {
  const bias = Math.exp(delta);
  const scale = 1 + (bias - 1) * gamma;
  const modulus = ((1 - gamma) * (bias - 1)) / scale;
  let spike = 0;
  for (const [k, probability] of mix.probabilities.entries()) {
    spike += mix.shares[k]! / (1 + modulus * probability);
  }
  return ((gamma * bias) / scale) * spike;
}

/**
 * Computes P(green tuples among n ≥ threshold), exactly for the given probability.
 *
 * @param green     probability that a tuple is green; rounded down to a multiple of 2^-32, at least one.
 * @param n         number of tuples.
 * @param threshold count of green tuples.
 */
export function greenListPower(green: number, n: number, threshold: number): number {
  return 10 ** binomialTailLog10(n, threshold, Math.max(1, Math.floor(green * TWO_32)));
}
