/**
 * The tokens that a scheme chooses from, and the tail behind them.
 *
 * Views into buffers of the selector: its next call overwrites them.
 */
export interface Candidates {
  /** Number of candidates, at least 1. */
  readonly count: number;
  /** Uint32Array `[count]`, token ids by descending logit, equal logits by ascending id. */
  readonly tokenIds: Uint32Array;
  /** Float64Array `[count]`, probabilities, each > 0; together with `tailMass` they sum to 1. */
  readonly probs: Float64Array;
  /**
   * Probability of the tokens that truncation kept beyond the candidates; 0 if there are none.
   *
   * Relative error below 3e-7: tail weights are single-precision exponentials added up in double precision, so a
   * candidate's probability is off by less than 3e-7 * tailMass relative to exact arithmetic.
   */
  readonly tailMass: number;
  /**
   * Draws a token of the tail with its conditional probability.
   *
   * @param uniform a fresh uniform number, 0 <= uniform < 1.
   * @returns a token id that is not a candidate.
   * @throws {RangeError} if `uniform` is outside [0, 1) or `tailMass` is 0.
   */
  drawTail(uniform: number): number;
}
