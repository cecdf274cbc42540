import type { Store } from '@countermark/server';

type Database = Store['database'];
type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];

/** What a call to the database is told from: a statement, or the end of a transaction before and after it is committed. */
export type CallKind = 'query' | 'commit' | 'committed';

interface Watched {
  readonly failAt: number;
  readonly isCounted: (kind: CallKind) => boolean;
  calls: number;
}

/**
 * Makes a database lose one call about each scan, as a connection that breaks does.
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
      if (!isOfRequest(text, values)) this.#count(this.#scanIn(values), 'query');
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
            if (!isNew) this.#count(scan, 'query');
            return tx.query(text, values);
          },
        };
        const done = await work(counted);
        if (!isNew) this.#count(scan, 'commit');
        return done;
      });
      if (!isNew) this.#count(scan, 'committed');
      return result;
    };
  }

  /**
   * Has a call about the scan that is submitted next fail, once.
   *
   * @param failAt    which, from 1, of those that are counted after it is submitted; 0 for none.
   * @param isCounted which calls count (default all).
   */
  failNextScanAt(failAt: number, isCounted: (kind: CallKind) => boolean = () => true): void {
    this.#next = { failAt, isCounted };
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

  #count(scan: string | undefined, kind: CallKind): void {
    const watched = this.#scans.get(scan ?? '');
    if (watched?.isCounted(kind) && ++watched.calls === watched.failAt) {
      throw new Error('the connection to the database was lost');
    }
  }
}

// Requests look for scans of a tenant, and show runs and events outside of any transaction.
function isOfRequest(text: string, [, tenant]: readonly unknown[]): boolean {
  if (!/^\s*select /.test(text)) return false;
  return typeof tenant === 'string' || /from countermark\.scan_(?:runs|events) /.test(text);
}
