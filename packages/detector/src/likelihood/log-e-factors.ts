import type { WordBins } from './word-bins.ts';

/** Shares of the scored tuples that may be marked: 1, ½, … 1/64. */
const SHARES: readonly number[] = Array.from({ length: 7 }, (_, j) => 2 ** -j);

// Taken off every likelihood ratio, so that rounding cannot lift a mean above 1: logarithms are off by less than 2^-48 here.
const SAFETY = 1 - 2 ** -40;

/**
 * Returns the logarithm of the factor by which a word multiplies an e-value: 1 + share (ratio − 1), in nats, with the margin above.
 *
 * @param share 0 < share ≤ 1, chosen without the word.
 * @param ratio the likelihood ratio of the word's bin, whose mean over all words is 1.
 */
export function logEFactor(share: number, ratio: number): number {
  return Math.log1p(share * (SAFETY * ratio - 1));
}

/**
 * The factor by which one tuple multiplies each component of an e-value, as a logarithm.
 *
 * A component is a prior and a share ε; its factor is 1 + ε (ρ − 1), ρ being the likelihood ratio of the word's bin.
 */
export interface LogEFactors {
  /** Number of components: priors times shares. */
  readonly components: number;
  /** Float64Array `[bins * components]`, row-major by bin, nats. */
  readonly values: Float64Array;
}

/** Computes the factors of every bin. */
export function logEFactors(bins: WordBins): LogEFactors {
  const wordCounts = bins.wordCounts();
  const markedLaws = bins.markedLaws();
  const components = markedLaws.length * SHARES.length;
  const values = new Float64Array(wordCounts.length * components);
  let at = 0;
  for (const [bin, words] of wordCounts.entries()) {
    for (const law of markedLaws) {
      const ratio = words === 0 ? 1 : (law[bin]! / words) * 2 ** 32;
      for (const share of SHARES) values[at++] = logEFactor(share, ratio);
    }
  }
  return { components, values };
}
