/** Why a set of contexts cannot be used, as a stable string. */
export type ContextSetErrorCode =
  /** The file is none, was cut, or changed. */
  | 'set-damaged'
  /** Sets that do not go together, or a set of another key. */
  | 'sets-unfit'
  /** More groups than there is room for beside the fingerprints. */
  | 'too-many-groups';

/** Thrown where a set of contexts cannot be used. */
export class ContextSetError extends Error {
  override readonly name = 'ContextSetError';
  readonly code: ContextSetErrorCode;

  constructor(code: ContextSetErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
