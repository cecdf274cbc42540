/** What went wrong with an audit as a whole, as a stable string; renaming one is a breaking change. */
export type AuditErrorCode =
  /** The endpoint refuses what it is asked, and would again: a wrong key, model or address, or answers that cannot be used. */
  | 'endpoint-refused'
  /** The endpoint does not answer for now. */
  | 'endpoint-away'
  /** A journal belongs to another audit. */
  | 'journal-other'
  /** A journal is none, or is damaged. */
  | 'journal-damaged'
  /** Another process has the journal. */
  | 'journal-held'
  /** What is asked for differs from the plan. */
  | 'plan-differs'
  /** A plan is none, or was changed. */
  | 'plan-damaged';

/** What whoever runs an audit can mend. The message never holds an API key, a prompt or an answer. */
export class AuditError extends Error {
  override readonly name = 'AuditError';
  /** The stable code of the failure. */
  readonly code: AuditErrorCode;
  /** What belongs to the message, each in a line of its own. */
  readonly details: readonly string[];

  constructor(
    code: AuditErrorCode,
    message: string,
    { details = [], ...options }: ErrorOptions & { readonly details?: readonly string[] } = {},
  ) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}
