/** Tokens whose exponentials are summed together: the unit in which the tail is searched. */
export const BLOCK_SIZE = 1024;

/** Buckets of {@link LogitsEngine.histogram}; one more entry takes what lies above them. */
export const BUCKETS = 2048;

/**
 * The passes over a whole vocabulary of raw logits, with the buffers that they share.
 *
 * Two implementations exist, WebAssembly SIMD and plain TypeScript, and give the same bits. A *weight* is
 * e^((logit - maximum) / temperature) with a relative error below 2.5e-7, or zero under `floor`. Ranges include
 * their lower bound and exclude their upper one.
 */
export interface LogitsEngine {
  /** Float32Array `[vocabSize rounded up to 4]`, raw logits; the padding is -Infinity. */
  readonly logits: Float32Array;
  /** Float64Array `[blocks]`, sums of weights by {@link BLOCK_SIZE} tokens. */
  readonly blockSums: Float64Array;
  /** Float64Array `[BUCKETS + 1]`, sums of weights. */
  readonly masses: Float64Array;
  /** Uint32Array `[BUCKETS + 1]`, numbers of tokens. */
  readonly counts: Uint32Array;
  /** Uint32Array `[capacity]`, gathered token ids, ascending. Replaced by {@link reserve}. */
  readonly ids: Uint32Array;
  /** Uint32Array `[capacity]`, the bits of their logits. Replaced by {@link reserve}. */
  readonly bits: Uint32Array;

  /** Makes room to gather `capacity` tokens. */
  reserve(capacity: number): void;

  /** Yields the largest logit, or NaN if one is NaN. */
  largest(): number;

  /**
   * Sums weights into `blockSums` over one range, and gathers the tokens of another as far as there is room.
   *
   * @returns the number of tokens in the second range, gathered or not.
   */
  sweep(scale: WeightScale, sumLow: number, sumHigh: number, gatherLow: number, gatherHigh: number): number;

  /**
   * Fills `masses` and `counts`: bucket (key - lowKey) >> shift for low <= logit < high; the last entry for
   * high <= logit < top.
   */
  histogram(scale: WeightScale, low: number, high: number, top: number, lowKey: number, shift: number): void;
}

/** What turns a logit into a weight. */
export interface WeightScale {
  /** The largest logit. */
  readonly maximum: number;
  /** log2(e) / temperature. */
  readonly factor: number;
  /** The least logit, a 32-bit float, with (logit - maximum) * factor >= -126. */
  readonly floor: number;
}
