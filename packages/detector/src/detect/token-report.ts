import type { NullLaw } from '@countermark/watermark/scheme';
import type { Tokenizer } from '@countermark/watermark/tokenizer';

/** What each token of a document was to a test: for heat maps and curves. */
export interface TokenReport {
  /** The text that was tokenized, after normalisation; undefined for token ids. */
  readonly text: string | undefined;
  /** What tokenized it; undefined for token ids. */
  readonly tokenizer: Tokenizer | undefined;
  /** Uint32Array `[n]`. */
  readonly tokenIds: Uint32Array;
  /** Uint8Array `[n]`, indices into {@link TOKEN_STATUSES}. */
  readonly statuses: Uint8Array;
  /** Float64Array `[n]`, integer scores of the scored tokens, 0 elsewhere. */
  readonly scores: Float64Array;
  /** The law of one such score, and of a sum of them, for text without a mark. */
  readonly nullLaw: NullLaw;
  /**
   * Computes log10 of the p-value of the first so many scored tokens and their sum, where that is not the law's tail; `undefined` of
   * those that have none, as where only a whole text is ranked.
   */
  readonly prefixTail?: (scored: number, sum: number) => number | undefined;
}
