/** What went wrong with an input as a whole, as a stable string; renaming one is a breaking change. */
export type CorpusErrorCode =
  | 'no-input'
  | 'input-repeated'
  | 'unreadable'
  | 'truncated'
  | 'damaged'
  | 'format-unknown'
  | 'layout-unknown'
  | 'unsupported'
  /** A file is not what it was when the scan was planned. */
  | 'changed'
  /** A manifest or part is not one, or is damaged. */
  | 'part-damaged'
  /** Parts are missing, or belong to another scan. */
  | 'parts-unfit';

/**
 * What a caller can do about an input that is `unreadable`, as a stable string:
 * `missing`: name another; `denied`: get leave, or a token that is not expired; `not-a-file`: name a file; `unavailable`: try again
 * later; `failed`: ask whoever runs the machine or server.
 */
export type UnreadableReason = 'missing' | 'denied' | 'not-a-file' | 'unavailable' | 'failed';

/**
 * Bad data: an input that cannot be read as it is, or not to its end.
 *
 * What is wrong with one record is a `RecordFailure` instead, and a caller's mistake a `TypeError` or
 * `RangeError`. The message names files and fields, and never holds text of a record.
 */
export class CorpusError extends Error {
  override readonly name = 'CorpusError';
  /** The stable code of the failure. */
  readonly code: CorpusErrorCode;
  /** Of an error that is `unreadable`: what a caller can do. */
  readonly reason: UnreadableReason | undefined;
  /** Each fault in a line of its own, where there may be several. */
  readonly details: readonly string[];
  /**
   * Set where the failure may pass by itself, as a server's that is overloaded: the same scan may go on later. `afterMs` is how long
   * the other side asked to be left alone, in milliseconds.
   */
  readonly passing: { readonly afterMs?: number } | undefined;

  constructor(
    code: CorpusErrorCode,
    message: string,
    {
      details = [],
      passing,
      reason,
      ...options
    }: ErrorOptions & {
      readonly details?: readonly string[];
      readonly passing?: { readonly afterMs?: number } | undefined;
      readonly reason?: UnreadableReason | undefined;
    } = {},
  ) {
    super(message, options);
    this.code = code;
    this.details = details;
    this.passing = passing;
    this.reason =
      code === 'unreadable' ? (reason ?? (passing === undefined ? 'failed' : 'unavailable')) : undefined;
  }
}
