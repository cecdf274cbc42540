import type { WeightScale } from './weight.ts';

/** Tokens whose weights are summed together: the unit in which the tail is searched. */
export const BLOCK_SIZE = 1024;

/** Buckets of {@link LogitsEngine.histogram}; one more entry takes what lies above them. */
export const BUCKETS = 2048;

/** A token's place in the ranking: by descending logit, equal logits by ascending id. */
export interface Rank {
  readonly value: number;
  readonly id: number;
}

/**
 * The passes over a whole vocabulary of raw logits, with the buffers that they share.
 *
 * Two implementations exist, WebAssembly SIMD and plain TypeScript, and give the same bits. Sums take weights with
 * a relative error below 2.5e-7, and none under the scale's floor. Ranges include their lower bound and exclude
 * their upper one.
 */
export interface LogitsEngine {
  /** Float32Array `[vocabSize rounded up to BLOCK_SIZE]`, raw logits; the padding is -Infinity. */
  readonly logits: Float32Array;
  /** Float64Array `[blocks]`, sums of weights by {@link BLOCK_SIZE} tokens. */
  readonly blockSums: Float64Array;
  /** Float64Array `[BLOCK_SIZE]`, what {@link weighBlock} wrote. */
  readonly blockWeights: Float64Array;
  /** Float64Array `[BUCKETS + 1]`, sums of weights. */
  readonly masses: Float64Array;
  /** Uint32Array `[BUCKETS + 1]`, numbers of tokens. */
  readonly counts: Uint32Array;
  /** Uint32Array `[capacity]`, gathered token ids. Replaced by {@link reserve}, as are the next three. */
  readonly ids: Uint32Array;
  /** Float32Array `[capacity]`, their logits. */
  readonly values: Float32Array;
  /** Uint32Array `[capacity]`, the bits of `values`: the same memory. */
  readonly bits: Uint32Array;
  /** Float64Array `[capacity]`, their weights as far as {@link weigh} was asked. */
  readonly weights: Float64Array;

  /** Makes room to gather `capacity` tokens; what was gathered is lost. */
  reserve(capacity: number): void;

  /** Yields the largest logit, or NaN if one is NaN. */
  largest(): number;

  /**
   * Gathers the tokens with low <= logit < high, ascending by id, into the list from entry `at` on while there is room.
   *
   * @returns how many there are, gathered or not.
   */
  gather(low: number, high: number, at: number): number;

  /**
   * Gathers the tokens with logit >= threshold as {@link gather} does from entry 0 on, and sums the weights of all
   * others into `blockSums`.
   *
   * @returns how many tokens reach the threshold, gathered or not.
   */
  split(scale: WeightScale, threshold: number): number;

  /** Sums into `blockSums` the weights of the tokens that rank after the first place, up to and including the second. */
  sumBetween(scale: WeightScale, after: Rank, upTo: Rank): void;

  /**
   * Fills `masses` and `counts`: bucket (key - lowKey) >> shift for low <= logit < high; the last entry for
   * logit >= high.
   */
  histogram(scale: WeightScale, low: number, high: number, lowKey: number, shift: number): void;

  /** Fills `weights` for `count` entries of the list from entry `at` on, with a relative error below 3e-13. */
  weigh(scale: WeightScale, at: number, count: number): void;

  /** Fills `blockWeights` for the tokens of one block, with a relative error below 3e-13. */
  weighBlock(scale: WeightScale, block: number): void;
}
