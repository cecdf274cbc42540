import type { Queryable } from '../database/database.ts';

const HOUR_MS = 3_600_000;

/** Results of detections that may be fetched again, each by its tenant only. */
export class Detections {
  readonly #database: Queryable;
  readonly #keepMs: number;

  /** @param keepHours how long a result is kept; 0 keeps none. */
  constructor(database: Queryable, keepHours: number) {
    this.#database = database;
    this.#keepMs = keepHours * HOUR_MS;
  }

  /** Whether results are kept at all. */
  get isOn(): boolean {
    return this.#keepMs > 0;
  }

  /** @param result JSON. */
  async add(id: string, tenant: string, result: string): Promise<void> {
    await this.#database.query(
      'insert into countermark.detections (id, tenant, result, expires) values ($1, $2, $3, $4)',
      [id, tenant, result, new Date(Date.now() + this.#keepMs)],
    );
  }

  /** Finds a result; undefined if there is none, or it is another tenant's, or its time is over. */
  async find(id: string, tenant: string): Promise<unknown> {
    const [row] = await this.#database.query<{ result: unknown }>(
      'select result from countermark.detections where id = $1 and tenant = $2 and expires > $3',
      [id, tenant, new Date()],
    );
    return row?.result;
  }

  /** Deletes what is kept no longer. */
  async sweep(): Promise<void> {
    await this.#database.query('delete from countermark.detections where expires <= $1', [new Date()]);
  }
}
