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

/** A {@link TokenSampler} whose choices an engine may overrule. */
export interface SteppedSampler extends TokenSampler {
  /**
   * Chooses the next token without moving on: call {@link push} with the token that the engine really took.
   *
   * @param logits as for `next`.
   * @throws as `next` does.
   */
  choose(logits: Float32Array): number;

  /**
   * Appends a token id to the response.
   *
   * @throws {RangeError} if it is no token id of the vocabulary.
   */
  push(tokenId: number): void;
}

/** Starts responses: a `Watermarker`, or an `ForeignWatermarker` for another watermark's mark. */
export interface ResponseStarter<Options, Response extends SteppedSampler> {
  start(options: Options & { readonly prompt: ArrayLike<number> }): Response;
}
