/**
 * How a word is read as evidence: the bin that it falls into, and how likely each bin is with and without a mark.
 *
 * A likelihood ratio of bins has mean 1 over the words exactly, since a bin's null probability is a count of words.
 */
export interface WordBins {
  /** Number of bins. */
  readonly bins: number;
  /** Returns the bin of a word in 0…2^32 − 1. */
  binOf(word: number): number;
  /** Computes how many of the 2^32 words fall into each bin, `[bins]`; exact integers that sum to 2^32. */
  wordCounts(): Float64Array;
  /** Computes the integer score of each bin, `[bins]`, ≥ 0: what the scheme's own score of its words is about, in a unit of the scheme's. */
  scores(): Int32Array;
  /** Computes for each prior how likely each bin is for a marked token, `[bins]`; each sums to 1 up to rounding. */
  markedLaws(): Float64Array[];
}
