import type { WordScore } from '@countermark/watermark/scheme';

/** Sums of a document's scores up to each of its scored tuples. Scores are integers, so the sums are exact. */
export class RunningSums {
  readonly #sums: Float64Array;
  readonly #wordScore: WordScore;
  #scored = 0;

  /** @param tokens of the document: it has at most as many scored tuples. */
  constructor(tokens: number, wordScore: WordScore) {
    this.#sums = new Float64Array(tokens + 1);
    this.#wordScore = wordScore;
  }

  /** Takes the words of further scored tuples, in the order of the document. */
  add(words: Uint32Array): void {
    const sums = this.#sums;
    const wordScore = this.#wordScore;
    let at = this.#scored;
    for (let i = 0; i < words.length; i++, at++) sums[at + 1] = sums[at]! + wordScore.score(words[i]!);
    this.#scored = at;
  }

  /** Returns the sums of the first 0 … n scores, `[n + 1]`. Not a copy. */
  sums(): Float64Array {
    return this.#sums.subarray(0, this.#scored + 1);
  }
}
