import type { Queryable } from '../database/database.ts';

/** Something that happened to a scan or an audit. */
export interface JobEvent {
  /** Grows within it, and nobody sees a number before all smaller ones. */
  readonly number: number;
  readonly type: 'status' | 'progress';
  readonly data: unknown;
}

const PROGRESS_SECONDS = 1;

/** The events of one kind of work, a table of its own. */
export class JobEvents {
  readonly #table: string;
  readonly #owner: string;

  /**
   * @param table of the events: a name of ours.
   * @param owner its column with the id of what they happened to.
   */
  constructor(table: string, owner: string) {
    this.#table = `countermark.${table}`;
    this.#owner = owner;
  }

  /** Tells of something within the transaction that it happens in; whoever calls holds the row of what it happens to. */
  async add(tx: Queryable, id: string, type: JobEvent['type'], data: unknown): Promise<void> {
    await tx.query(
      `insert into ${this.#table} (${this.#owner}, type, data, created) values ($1, $2, $3, clock_timestamp())`,
      [id, type, JSON.stringify(data)],
    );
  }

  /** Tells of progress, at most once a second. */
  async addProgress(tx: Queryable, id: string, progress: () => unknown): Promise<void> {
    const recent = await tx.query(
      `select 1 from (
         select created from ${this.#table} where ${this.#owner} = $1 and type = 'progress'
         order by number desc limit 1
       ) as last where created > clock_timestamp() - make_interval(secs => $2)`,
      [id, PROGRESS_SECONDS],
    );
    if (recent.length === 0) await this.add(tx, id, 'progress', await progress());
  }

  /** Lists what happened after an event. */
  async after(database: Queryable, id: string, number: number): Promise<readonly JobEvent[]> {
    const rows = await database.query<JobEvent & { readonly number: number | string }>(
      `select number, type, data from ${this.#table} where ${this.#owner} = $1 and number > $2 order by number`,
      [id, number],
    );
    // PostgreSQL's driver gives a bigint as a string.
    return rows.map(({ number, type, data }) => ({ number: Number(number), type, data }));
  }
}
