/**
 * Philox for batches of (context, token) pairs, as vLLM's watermarks key it: in WebAssembly, or in plain TypeScript.
 *
 * Source: vllm-project/vllm, vllm/v1/watermarking/prfs/philox.py and sbw.py.
 */

/** Context ids that a batch has room for. */
export const MAX_WIDTH = 64;

/**
 * One batch of pairs in fixed buffers that all sources of the process share: what a call leaves, the next one overwrites.
 *
 * `columns` are `[64 * batch]`: column j holds the j-th oldest context id of each pair. `tokens`, `words` are `[batch]`,
 * `states` `[4 * batch]`. Ids are any 32-bit values; vLLM's −1 is 4294967295.
 */
export interface PhiloxEngine {
  readonly batch: number;
  readonly columns: Uint32Array;
  readonly tokens: Uint32Array;
  readonly states: Uint32Array;
  readonly words: Uint32Array;
  /** Chains the first `count` contexts over blocks of four ids into `states`, four columns. */
  chainContexts(count: number, width: number, key0: number, key1: number): void;
  /**
   * Draws the word of each token under its state.
   *
   * @param shared whether all tokens have the first pair's state.
   */
  drawWords(count: number, key0: number, key1: number, shared: boolean): void;
  /** Computes seeds of context and token into the first two columns of `states`: low words, high words. */
  selfSeeds(count: number, width: number, keyLow: number, keyHigh: number): void;
  /** Computes seeds of the context alone, as {@link selfSeeds} does. */
  leftSeeds(count: number, width: number, keyLow: number, keyHigh: number): void;
  /** Draws the word of each token under its seed. */
  drawSeeded(count: number): void;
}
