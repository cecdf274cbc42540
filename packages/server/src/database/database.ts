/** What the server asks of SQL: one dialect, on PGlite in the process or on a PostgreSQL of many machines. */
export interface Queryable {
  /**
   * Runs one statement.
   *
   * @param text   SQL with `$1` and so on.
   * @param values what stands there: strings, numbers, booleans, dates, bytes; objects for jsonb.
   */
  query<Row>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

/** A database that is open. */
export interface Database extends Queryable {
  readonly kind: 'pglite' | 'postgres';
  /** Resolves with the reason where the database is not this process's any more: nothing is read or written then. */
  readonly lost: Promise<string>;
  /** Runs statements without parameters, several in one text; returns the rows of the last. */
  execute(text: string): Promise<readonly unknown[]>;
  /** Runs work in a transaction, which ends with it: committed if it succeeds, rolled back if it throws. */
  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T>;
  /** Does work while no other process of the database does such work: what changes tables. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Sees whether it answers, and takes what is written.
   *
   * @throws {DatabaseAwayError} if it does not answer.
   * @throws {NoRoomError} if there is no room on its disk.
   */
  check(): Promise<void>;
  close(): Promise<void>;
}
