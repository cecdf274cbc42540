import type { AuditTerms } from '@countermark/audit';
import type { Database, Queryable } from '../database/database.ts';
import { hasEnded } from '../jobs/event-stream.ts';
import { type JobEvent, JobEvents } from '../jobs/job-events.ts';
import { type AuditProgress, type AuditRequest, noProgress } from './audit-request.ts';

/** Where an audit is in its life; the last three are ends. */
type AuditStatus = 'queued' | 'planning' | 'running' | 'done' | 'failed' | 'cancelled';

/** An audit of a model as it is kept. */
export interface Audit {
  readonly id: string;
  readonly tenant: string;
  readonly status: AuditStatus;
  readonly request: AuditRequest;
  /** How the endpoint is reached; null once the audit has ended. */
  readonly sealed: Uint8Array | null;
  /** All that is fixed, once it is. */
  readonly terms: AuditTerms | null;
  readonly progress: AuditProgress;
  readonly verdict: string | null;
  /** Why it failed, for whoever asked for it. */
  readonly problem: string | null;
  readonly created: Date;
  readonly started: Date | null;
  readonly ended: Date | null;
}

/** What a change may set. */
export interface AuditChange {
  readonly status?: AuditStatus;
  readonly terms?: AuditTerms;
  readonly progress?: AuditProgress;
  readonly verdict?: string;
  readonly problem?: string;
}

const COLUMNS =
  'id, tenant, status, request, sealed, terms, progress, verdict, problem, created, started, ended';
const EVENTS = new JobEvents('model_audit_events', 'audit');

/** The audits of models in a database. */
export class Audits {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps a new audit within a transaction. */
  async insert(
    tx: Queryable,
    { id, tenant, request, sealed }: Pick<Audit, 'id' | 'tenant' | 'request' | 'sealed'>,
  ): Promise<Audit> {
    const progress = noProgress(request.prompts * request.endpoint.answers);
    const [audit] = await tx.query<Audit>(
      `insert into countermark.model_audits (id, tenant, status, request, sealed, progress)
       values ($1, $2, 'queued', $3, $4, $5) returning ${COLUMNS}`,
      [id, tenant, JSON.stringify(request), sealed, JSON.stringify(progress)],
    );
    if (audit === undefined) throw new Error('an audit that was just kept is not there');
    await EVENTS.add(tx, id, 'status', { status: 'queued' });
    return audit;
  }

  /** Counts a tenant's audits that have not ended, and lets nobody add one until the transaction is through. */
  async countOpen(tx: Queryable, tenant: string): Promise<number> {
    await tx.query('select pg_advisory_xact_lock(hashtext($1))', [`audits of ${tenant}`]);
    const [row] = await tx.query<{ count: number }>(
      'select count(*)::int as count from countermark.model_audits where tenant = $1 and ended is null',
      [tenant],
    );
    return row?.count ?? 0;
  }

  /**
   * Finds an audit.
   *
   * @param tenant whose it has to be (default anybody's).
   */
  async find(id: string, tenant?: string): Promise<Audit | undefined> {
    const [audit] = await this.#database.query<Audit>(
      `select ${COLUMNS} from countermark.model_audits where id = $1 and ($2::text is null or tenant = $2)`,
      [id, tenant ?? null],
    );
    return audit;
  }

  /**
   * Lists a tenant's audits, newest first.
   *
   * @param after the last that was seen.
   */
  list(
    tenant: string,
    count: number,
    after?: { readonly created: Date; readonly id: string },
  ): Promise<readonly Audit[]> {
    return this.#database.query<Audit>(
      `select ${COLUMNS} from countermark.model_audits
       where tenant = $1 and ($2::timestamptz is null or created < $2 or (created = $2 and id > $3))
       order by created desc, id limit $4`,
      [tenant, after?.created.toISOString() ?? null, after?.id ?? null, count],
    );
  }

  /**
   * Changes an audit that nobody else changes meanwhile, and tells of it. One that ends loses how its endpoint is reached.
   *
   * @param decide given the audit as it is, and the transaction; returns what is set, or undefined for nothing.
   * @returns whether something was set; undefined if there is no such audit.
   */
  change(
    id: string,
    decide: (audit: Audit, transaction: Queryable) => Promise<AuditChange | undefined>,
  ): Promise<boolean | undefined> {
    return this.#database.transaction(async (tx) => {
      const [audit] = await tx.query<Audit>(
        `select ${COLUMNS} from countermark.model_audits where id = $1 for update`,
        [id],
      );
      if (audit === undefined) return undefined;
      const change = await decide(audit, tx);
      if (change === undefined) return false;
      const { status = audit.status, progress = audit.progress, verdict, problem } = change;
      await tx.query(
        `update countermark.model_audits set status = $2, progress = $3, terms = coalesce($4, terms),
           verdict = coalesce($5, verdict), problem = coalesce($6, problem),
           started = case when started is null and $2 <> 'queued' then now() else started end,
           ended = case when $7 then now() else ended end, sealed = case when $7 then null else sealed end
         where id = $1`,
        [
          id,
          status,
          JSON.stringify(progress),
          change.terms === undefined ? null : JSON.stringify(change.terms),
          verdict ?? null,
          problem ?? null,
          hasEnded(status),
        ],
      );
      if (status !== audit.status) {
        if (change.progress !== undefined) await EVENTS.add(tx, id, 'progress', progress);
        await EVENTS.add(tx, id, 'status', {
          status,
          ...(verdict === undefined ? {} : { verdict }),
          ...(problem === undefined ? {} : { problem }),
        });
      } else if (change.progress !== undefined) await EVENTS.addProgress(tx, id, () => progress);
      return true;
    });
  }

  /** Ends an audit with a failure, unless it has ended already. */
  async fail(id: string, problem: string): Promise<boolean> {
    const changed = await this.change(id, async ({ status }) =>
      hasEnded(status) ? undefined : { status: 'failed', problem },
    );
    return changed === true;
  }

  /** Lists what happened after an event. */
  events(id: string, after: number): Promise<readonly JobEvent[]> {
    return EVENTS.after(this.#database, id, after);
  }

  /** Removes an audit and all that is known of it. */
  async remove(id: string): Promise<void> {
    await this.#database.transaction(async (tx) => {
      await tx.query('delete from countermark.idempotency where resource = $1', [id]);
      await tx.query('delete from countermark.model_audits where id = $1', [id]);
    });
  }
}
