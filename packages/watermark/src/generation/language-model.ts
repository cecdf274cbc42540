/** A causal language model behind any engine: what {@link generateTokens} needs of it. */
export interface LanguageModel {
  /** Number of logits of one step: the vocabulary, with padding if the model has any. */
  readonly logitCount: number;
  /** Most tokens of prompt and response together; undefined if the engine does not say. */
  readonly contextLength?: number;
  /** Starts reading a sequence. Close it before the model. */
  open(): ModelSequence;
}

/** One sequence being read by a model, with its cache. */
export interface ModelSequence {
  /**
   * Appends tokens and returns the logits of the next one.
   *
   * @param tokenIds Uint32Array `[n]`, n ≥ 1.
   * @returns Float32Array `[logitCount]`, valid until the next call.
   */
  append(tokenIds: Uint32Array): Promise<Float32Array>;
  /**
   * Appends tokens and returns the logits after each of them.
   *
   * @param tokenIds Uint32Array `[n]`, n ≥ 1.
   * @returns Float32Array `[n * logitCount]`, row-major: row i follows token i. Valid until the next call.
   */
  appendEach(tokenIds: Uint32Array): Promise<Float32Array>;
  /** Releases the cache. */
  close(): Promise<void>;
}
