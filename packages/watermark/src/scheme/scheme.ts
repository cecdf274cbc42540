import type { Candidates } from '../sampling/candidates.ts';
import type { NullLaw, SchemeLaw } from './null-law.ts';

/** One step of embedding: the candidates, and their words in this context. */
export interface Step {
  /** The model's own distribution over candidates and tail. Not changed. */
  readonly candidates: Candidates;
  /** Uint32Array, at least `[candidates.count]`: the word of each candidate. Not changed. */
  readonly words: Uint32Array;
  /** Yields fresh uniform numbers in (0, 1) that depend on no key. */
  readonly random: () => number;
}

/** What a word scores, and what a sum of scores is compared with: the half of a scheme that a detector needs. */
export interface WordScore {
  /** The law of a sum of scores over n unique tuples of text that is not marked; never too light in the tail. */
  readonly nullLaw: NullLaw;
  /** Mean of one score under the null. */
  readonly nullMean: number;
  /** Standard deviation of one score under the null. */
  readonly nullDeviation: number;

  /** Returns the integer score of a word. */
  score(word: number): number;

  /**
   * Sums the scores of the first `count` words; an exact integer for up to 10^8 words.
   *
   * @param words Uint32Array, at least `[count]`.
   */
  sumScores(words: Uint32Array, count: number): number;
}

/**
 * One reading of a word: how it biases sampling, and what it scores.
 *
 * A scheme knows neither keys nor contexts; docs/spec.md sections 5 and 6 are its contract.
 */
export interface Scheme extends WordScore {
  readonly nullLaw: SchemeLaw;

  /** Chooses the next token id of a marked step. */
  choose(step: Step): number;

  /**
   * Chooses without randomness, for greedy decoding; absent where a scheme cannot mark without it.
   *
   * Only candidates are considered.
   */
  readonly chooseGreedily?: (candidates: Candidates, words: Uint32Array) => number;
}
