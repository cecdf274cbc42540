import type { Database, Queryable } from '../database/database.ts';
import { hasEnded } from './event-stream.ts';
import { type JobEvent, JobEvents } from './job-events.ts';

/** A scan or an audit as it is kept. */
export interface KeptJob {
  readonly id: string;
  readonly tenant: string;
  /** Where it is in its life; `done`, `failed` and `cancelled` are ends. */
  readonly status: string;
  readonly request: unknown;
  readonly progress: unknown;
  readonly verdict: string | null;
  /** Why it failed, for whoever asked for it. */
  readonly problem: string | null;
  readonly created: Date;
  readonly started: Date | null;
  readonly ended: Date | null;
}

/** What a change may set of each kind. */
export interface JobChange<Kept extends KeptJob> {
  readonly status?: Kept['status'];
  readonly progress?: Kept['progress'];
  readonly verdict?: string;
  readonly problem?: string;
}

/** How one kind is kept; all names are ours. */
export interface JobTable<Change> {
  /** The table, and that of its events, whose column `owner` has the id. */
  readonly name: string;
  readonly events: string;
  readonly owner: string;
  /** Columns that only this kind has. */
  readonly columns: readonly string[];
  /** One of them, which a change may set: its name, and its value as text. */
  readonly fixed: { readonly column: string; readonly of: (change: Change) => string | undefined };
  /** What is not kept of one that has ended: a column, and what it becomes, in SQL. */
  readonly dropped: { readonly column: string; readonly becomes: string };
  /** Returns what it is given: such changes are among those of the kind. */
  readonly end: (change: { readonly status: 'failed' | 'cancelled'; readonly problem?: string }) => Change;
}

const COMMON = 'id, tenant, status, request, progress, verdict, problem, created, started, ended';

/** Scans or audits in a database, and what happens to them. */
export abstract class KeptJobs<Kept extends KeptJob, Change extends JobChange<Kept>> {
  protected readonly database: Database;
  readonly #table: JobTable<Change>;
  readonly #name: string;
  readonly #columns: string;
  readonly #events: JobEvents;

  protected constructor(database: Database, table: JobTable<Change>) {
    this.database = database;
    this.#table = table;
    this.#name = `countermark.${table.name}`;
    this.#columns = [COMMON, ...table.columns].join(', ');
    this.#events = new JobEvents(table.events, table.owner);
  }

  /**
   * Finds one.
   *
   * @param tenant whose it has to be (default anybody's).
   */
  async find(id: string, tenant?: string): Promise<Kept | undefined> {
    const [kept] = await this.database.query<Kept>(
      `select ${this.#columns} from ${this.#name} where id = $1 and ($2::text is null or tenant = $2)`,
      [id, tenant ?? null],
    );
    return kept;
  }

  /**
   * Lists a tenant's, newest first.
   *
   * @param after the last that was seen.
   */
  list(
    tenant: string,
    count: number,
    after?: { readonly created: Date; readonly id: string },
  ): Promise<readonly Kept[]> {
    return this.database.query<Kept>(
      `select ${this.#columns} from ${this.#name}
       where tenant = $1 and ($2::timestamptz is null or created < $2 or (created = $2 and id > $3))
       order by created desc, id limit $4`,
      [tenant, after?.created.toISOString() ?? null, after?.id ?? null, count],
    );
  }

  /**
   * Changes one that nobody else changes meanwhile, and tells of it.
   *
   * @param decide given it as it is, and the transaction; returns what is set, or undefined for nothing.
   * @returns whether something was set; undefined if there is no such one.
   */
  change(
    id: string,
    decide: (kept: Kept, transaction: Queryable) => Promise<Change | undefined>,
  ): Promise<boolean | undefined> {
    const { fixed, dropped } = this.#table;
    return this.database.transaction(async (tx) => {
      const [kept] = await tx.query<Kept>(
        `select ${this.#columns} from ${this.#name} where id = $1 for update`,
        [id],
      );
      if (kept === undefined) return undefined;
      const change = await decide(kept, tx);
      if (change === undefined) return false;
      const { status = kept.status, progress = kept.progress, verdict, problem } = change;
      await tx.query(
        `update ${this.#name} set status = $2, progress = $3,
           ${fixed.column} = coalesce($4, ${fixed.column}), verdict = coalesce($5, verdict), problem = coalesce($6, problem),
           started = case when started is null and $2 <> 'queued' then now() else started end,
           ended = case when $7 then now() else ended end,
           ${dropped.column} = case when $7 then ${dropped.becomes} else ${dropped.column} end
         where id = $1`,
        [
          id,
          status,
          JSON.stringify(progress),
          fixed.of(change) ?? null,
          verdict ?? null,
          problem ?? null,
          hasEnded(status),
        ],
      );
      if (status !== kept.status) {
        if (change.progress !== undefined) await this.#events.add(tx, id, 'progress', progress);
        await this.#events.add(tx, id, 'status', {
          status,
          ...(verdict === undefined ? {} : { verdict }),
          ...(problem === undefined ? {} : { problem }),
        });
      } else if (change.progress !== undefined)
        await this.#events.addProgress(tx, id, () => this.progressToTell(tx, id, progress));
      return true;
    });
  }

  /** Ends one with a failure, unless it has ended already. Returns whether it had not. */
  fail(id: string, problem: string): Promise<boolean> {
    return this.#end(id, this.#table.end({ status: 'failed', problem }));
  }

  /** Cancels one, unless it has ended already. Returns whether it had not. */
  cancel(id: string): Promise<boolean> {
    return this.#end(id, this.#table.end({ status: 'cancelled' }));
  }

  /** Lists what happened after an event. */
  events(id: string, after: number): Promise<readonly JobEvent[]> {
    return this.#events.after(this.database, id, after);
  }

  /** Removes one and all that is known of it. */
  async remove(id: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await tx.query('delete from countermark.idempotency where resource = $1', [id]);
      await tx.query(`delete from ${this.#name} where id = $1`, [id]);
    });
  }

  /** Keeps a new one within a transaction, `queued`. */
  protected async insertRow(
    tx: Queryable,
    row: Pick<Kept, 'id' | 'tenant' | 'request' | 'progress'>,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<Kept> {
    const { id, tenant, request, progress } = row;
    const names = ['id', 'tenant', 'request', 'progress', ...Object.keys(more)];
    const [kept] = await tx.query<Kept>(
      `insert into ${this.#name} (status, ${names.join(', ')})
       values ('queued', ${names.map((_, i) => `$${i + 1}`).join(', ')}) returning ${this.#columns}`,
      [id, tenant, JSON.stringify(request), JSON.stringify(progress), ...Object.values(more)],
    );
    if (kept === undefined) throw new Error(`what was just kept in ${this.#name} is not there`);
    await this.#events.add(tx, id, 'status', { status: 'queued' });
    return kept;
  }

  /** What is told of progress: what is kept, unless a kind knows more. */
  protected async progressToTell(_tx: Queryable, _id: string, progress: Kept['progress']): Promise<unknown> {
    return progress;
  }

  async #end(id: string, change: Change): Promise<boolean> {
    const changed = await this.change(id, async ({ status }) => (hasEnded(status) ? undefined : change));
    return changed === true;
  }
}
