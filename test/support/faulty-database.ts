/** The second thing at the wrong moment, of a database: statements that wait for a gate, and the nth statement or transaction that fails. */

/** What of a database is sabotaged. */
interface Sabotaged {
  query(text: string, values?: readonly unknown[]): Promise<unknown>;
  transaction(work: (transaction: Sabotaged) => Promise<unknown>): Promise<unknown>;
}

/** What a database is made to do. */
interface Sabotage {
  /** Called before each statement, and before a transaction ends; it waits, or throws. */
  before(text: string, values: readonly unknown[]): Promise<void>;
}

/** The text that stands for the end of a transaction. */
const COMMIT = 'commit';

/**
 * Puts something before each statement of a database that is open, and of its transactions.
 *
 * @returns what takes it away again.
 */
export function sabotage(database: object, fault: Sabotage): () => void {
  const sabotaged = database as Sabotaged;
  const query = sabotaged.query.bind(database);
  const transaction = sabotaged.transaction.bind(database);
  sabotaged.query = async (text, values) => {
    await fault.before(text, values ?? []);
    return query(text, values);
  };
  sabotaged.transaction = (work) =>
    transaction(async (tx) => {
      const result = await work({
        ...tx,
        query: async (text, values) => {
          await fault.before(text, values ?? []);
          return tx.query(text, values);
        },
      });
      // Whatever was done is rolled back: it was lost on its way.
      await fault.before(COMMIT, []);
      return result;
    });
  return () => Object.assign(sabotaged, { query, transaction });
}

/** Fails the nth statement that comes, counted from 1, and no other. `isCounted` says which count. */
export class FailNth implements Sabotage {
  readonly #nth: number;
  readonly #isCounted: (text: string) => boolean;
  #seen = 0;

  constructor(nth: number, isCounted: (text: string) => boolean) {
    this.#nth = nth;
    this.#isCounted = isCounted;
  }

  /** Whether there were so many. */
  get hasFailed(): boolean {
    return this.#seen >= this.#nth;
  }

  async before(text: string): Promise<void> {
    if (this.#isCounted(text) && ++this.#seen === this.#nth) throw new Error('the database is away');
  }
}
