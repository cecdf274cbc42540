/** What turns the logits of one step into a token, marked or not. */
export interface TokenSampler {
  /**
   * Chooses the next token of one response and remembers it.
   *
   * @param logits Float32Array, at least `[vocabSize]`, raw logits before temperature; entries past the vocabulary
   *   (padding) are ignored. Not changed, not retained.
   * @returns the token id chosen.
   * @throws {WatermarkError} `invalid-logits` if one is NaN or +Infinity, or all are -Infinity.
   * @throws {RangeError} if there are too few.
   */
  next(logits: Float32Array): number;
}
