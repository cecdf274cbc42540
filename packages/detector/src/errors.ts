/** What went wrong, as a stable string; renaming one is a breaking change. */
export type DetectorErrorCode =
  | 'ngrams-unreadable'
  | 'probabilities-unusable'
  | 'sample-unreadable'
  | 'token-out-of-range'
  | 'tokenizer-mismatch'
  /** A tokenizer cannot encode one text; others it may. */
  | 'tokenizer-refused';

/**
 * Bad data: token ids or text that cannot be scored under a key.
 *
 * A caller's mistake is a `TypeError` or `RangeError` instead. The message never holds text or secrets.
 */
export class DetectorError extends Error {
  override readonly name = 'DetectorError';
  /** The stable code of the failure. */
  readonly code: DetectorErrorCode;

  constructor(code: DetectorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
