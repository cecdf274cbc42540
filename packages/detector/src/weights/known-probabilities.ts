/**
 * The log-likelihood ratio of `gumbel` where the probabilities of the tokens are known.
 * Source: Neyman and Pearson 1933 for the ratio; Li et al., "A Statistical Framework of Watermarks for Large Language Models",
 * Ann. Statist. 53 (2025), for the law of a marked token's word.
 */
import { TWO_32 } from '@countermark/watermark/scheme';
import { exponentialSumTail } from './exponential-sum-tail.ts';

/** Probabilities below this are taken for it, so that one unlikely token cannot outweigh a hundred others. */
const LEAST_PROBABILITY = 0.01;

/** What known probabilities say of a document under one key. Not corrected for several tests. */
export interface KnownProbabilities {
  /** Scored tokens after a context that is new to the document, with a probability below 1; the others say nothing. */
  readonly informative: number;
  /** Σ −ln p + (1/p − 1) ln r over those tokens, in nats: an effect size, never the decision. */
  readonly logLikelihoodRatio: number;
  /** log10 of the certified bound of the p-value (Chernoff): what the verdict is taken on. */
  readonly log10PValue: number;
  /** log10 of the p-value by the saddle point (Lugannani–Rice): closer, and no bound. */
  readonly log10SaddlePointPValue: number;
  /** log10 of the p-value without the probabilities. */
  readonly log10PlainPValue: number;
}

/**
 * Tests the words of scored tokens given their probabilities: docs/statistics.md section 16.
 *
 * A marked token of probability p has P(r < x) = x^(1/p), an unmarked one P(r < x) = x. The ratio of densities is
 * r^(1/p − 1) / p; given the probabilities, a large product is a small Σ (1/p − 1) E with E = −ln r, a unit exponential.
 * Evidence is a large r. So r is rounded down, to u / 2^32, which makes E larger and the p-value with it; the one
 * exception, 2^-32 for u = 0, is in the bound.
 *
 * @param words         Uint32Array `[n]`, words of different tuples.
 * @param probabilities Float64Array `[n]`, 0 … 1; must not depend on the key.
 */
export function knownProbabilityTest(
  words: Uint32Array,
  probabilities: Float64Array,
): Omit<KnownProbabilities, 'log10PlainPValue'> {
  const weights = new Float64Array(words.length);
  let informative = 0;
  let sum = 0;
  let constant = 0;
  for (const [i, given] of probabilities.entries()) {
    if (given >= 1) continue;
    const probability = Math.max(given, LEAST_PROBABILITY);
    const weight = (1 - probability) / probability;
    weights[informative++] = weight;
    sum -= weight * Math.log(Math.max(words[i]!, 1) / TWO_32);
    constant -= Math.log(probability);
  }
  const tail = exponentialSumTail(weights.subarray(0, informative), sum);
  return {
    informative,
    logLikelihoodRatio: constant - sum + 0,
    log10PValue: tail.log10Bound,
    log10SaddlePointPValue: tail.log10SaddlePoint,
  };
}
