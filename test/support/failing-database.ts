import type { Store } from '@countermark/server';

type Database = Store['database'];
type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];

interface Watched {
  readonly failAt: number;
  calls: number;
}

/**
 * Makes a database lose one call about each scan, as a connection that breaks does: a statement, or the end of a transaction before or
 * after it is committed.
 *
 * Calls of a scan are those that name its id, and the transactions that they belong to. What only the queue asks, of all scans, is
 * left alone, and so is what a client asks, which is answered with a fault and asks again.
 */
export class FailingDatabase {
  readonly #scans = new Map<string, Watched>();
  #next: Omit<Watched, 'calls'> | undefined;

  /** @param database is changed in place. */
  constructor(database: Database) {
    const query = database.query.bind(database);
    const transaction = database.transaction.bind(database);
    database.query = <Row>(text: string, values: readonly unknown[] = []) => {
      if (!isOfRequest(text, values)) this.#count(this.#scanIn(values));
      return query<Row>(text, values);
    };
    database.transaction = async (work) => {
      let scan: string | undefined;
      let isNew = false;
      const result = await transaction(async (tx) => {
        const counted: Transaction = {
          query: (text, values = []) => {
            isNew ||= this.#meet(text, values);
            scan ??= this.#scanIn(values);
            if (!isNew) this.#count(scan);
            return tx.query(text, values);
          },
        };
        const done = await work(counted);
        if (!isNew) this.#count(scan);
        return done;
      });
      if (!isNew) this.#count(scan);
      return result;
    };
  }

  /**
   * Has a call about the scan that is submitted next fail, once.
   *
   * @param failAt which, from 1, of those after it is submitted; 0 for none.
   */
  failNextScanAt(failAt: number): void {
    this.#next = { failAt };
  }

  /** Calls about a scan so far. */
  callsOf(scan: string): number {
    return this.#scans.get(scan)?.calls ?? 0;
  }

  #meet(text: string, [id]: readonly unknown[]): boolean {
    if (this.#next === undefined || !/^\s*insert into countermark\.scans /.test(text)) return false;
    this.#scans.set(String(id), { ...this.#next, calls: 0 });
    this.#next = undefined;
    return true;
  }

  #scanIn(values: readonly unknown[]): string | undefined {
    return values.map(String).find((value) => this.#scans.has(value));
  }

  #count(scan: string | undefined): void {
    const watched = this.#scans.get(scan ?? '');
    if (watched !== undefined && ++watched.calls === watched.failAt) {
      throw new Error('the connection to the database was lost');
    }
  }
}

// Requests look for scans of a tenant, and show runs and events outside of any transaction.
function isOfRequest(text: string, [, tenant]: readonly unknown[]): boolean {
  if (!/^\s*select /.test(text)) return false;
  return typeof tenant === 'string' || /from countermark\.scan_(?:runs|events) /.test(text);
}
