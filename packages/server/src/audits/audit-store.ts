import type { AuditTerms } from '@countermark/audit';
import type { Database, Queryable } from '../database/database.ts';
import { type JobChange, type KeptJob, KeptJobs } from '../jobs/kept-jobs.ts';
import { type AuditProgress, type AuditRequest, noProgress } from './audit-request.ts';

/** Where an audit is in its life; the last three are ends. */
type AuditStatus = 'queued' | 'planning' | 'running' | 'done' | 'failed' | 'cancelled';

/** An audit of a model as it is kept. */
export interface Audit extends KeptJob {
  readonly status: AuditStatus;
  readonly request: AuditRequest;
  readonly progress: AuditProgress;
  /** How the endpoint is reached; null once the audit has ended. */
  readonly sealed: Uint8Array | null;
  /** All that is fixed, once it is. */
  readonly terms: AuditTerms | null;
}

/** What a change may set. */
export interface AuditChange extends JobChange<Audit> {
  readonly terms?: AuditTerms;
}

/** The audits of models in a database. One that has ended has lost how its endpoint is reached. */
export class Audits extends KeptJobs<Audit, AuditChange> {
  constructor(database: Database) {
    super(database, {
      name: 'model_audits',
      events: 'model_audit_events',
      owner: 'audit',
      columns: ['sealed', 'terms'],
      fixed: { column: 'terms', of: ({ terms }) => terms && JSON.stringify(terms) },
      dropped: { column: 'sealed', becomes: 'null' },
      end: (change) => change,
    });
  }

  /** Keeps a new audit within a transaction. */
  insert(
    tx: Queryable,
    { id, tenant, request, sealed }: Pick<Audit, 'id' | 'tenant' | 'request' | 'sealed'>,
  ): Promise<Audit> {
    const progress = noProgress(request.prompts * request.endpoint.answers);
    return this.insertRow(tx, { id, tenant, request, progress }, { sealed });
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
}
