/** What went wrong, as a stable string; renaming one is a breaking change. */
export type WatermarkErrorCode =
  | 'key-unreadable'
  | 'key-tampered'
  | 'params-invalid'
  | 'params-newer'
  | 'tokenizer-unknown'
  | 'tokenizer-unreadable'
  | 'tokenizer-mismatch'
  | 'tokenizer-unavailable'
  /** A tokenizer cannot encode one text; others it may. */
  | 'tokenizer-refused'
  | 'invalid-utf8'
  | 'invalid-logits'
  | 'engine-unavailable'
  | 'model-unreadable';

/**
 * Bad data: a key file, parameters, a tokenizer or a model that cannot be used as it is.
 *
 * A caller's mistake is a `TypeError` or `RangeError` instead. The message never holds a secret or text.
 */
export class WatermarkError extends Error {
  override readonly name = 'WatermarkError';
  /** The stable code of the failure. */
  readonly code: WatermarkErrorCode;

  constructor(code: WatermarkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
