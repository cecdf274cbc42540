import type { Database, Queryable } from '../database/database.ts';
import { type JobChange, type KeptJob, KeptJobs } from '../jobs/kept-jobs.ts';
import { addCounts, NO_PROGRESS, type ScanCounts, type ScanProgress } from './progress.ts';
import type { ScanRequest } from './scan-request.ts';

/** Where a scan is in its life; the last three are ends. */
type ScanStatus = 'queued' | 'planning' | 'scanning' | 'merging' | 'done' | 'failed' | 'cancelled';

/** A scan as it is kept. */
export interface Scan extends KeptJob {
  readonly status: ScanStatus;
  readonly request: ScanRequest;
  /** Of finished shards. */
  readonly progress: ScanProgress;
  /** SHA-256 of the manifest, once it is planned. */
  readonly manifest: string | null;
}

/** What a change may set. */
export interface ScanChange extends JobChange<Scan> {
  readonly manifest?: string;
}

/** Runs that have said nothing for longer are of workers that are gone. */
const RUN_SECONDS = 30;

/** The scans of a database. One that has ended has lost the accounts that it was to name. */
export class Scans extends KeptJobs<Scan, ScanChange> {
  constructor(database: Database) {
    super(database, {
      name: 'scans',
      events: 'scan_events',
      owner: 'scan',
      columns: ['manifest'],
      fixed: { column: 'manifest', of: ({ manifest }) => manifest },
      dropped: { column: 'request', becomes: "request - 'accounts'" },
      end: (change) => change,
    });
  }

  /** Keeps a new scan within a transaction. */
  insert(tx: Queryable, id: string, tenant: string, request: ScanRequest): Promise<Scan> {
    return this.insertRow(tx, { id, tenant, request, progress: NO_PROGRESS });
  }

  /**
   * Says how far a worker is with shards that it has not finished.
   *
   * @param run names the worker's work.
   * @returns whether the scan still wants it.
   */
  async report(id: string, run: string, counts: ScanCounts): Promise<boolean> {
    let isWanted = false;
    await this.change(id, async (scan, tx) => {
      isWanted = scan.status === 'scanning';
      if (!isWanted) return undefined;
      await setRun(tx, id, run, counts);
      return { progress: scan.progress };
    });
    return isWanted;
  }

  /** Remembers within a transaction that a shard is finished; false if it was already. */
  async finishShard(tx: Queryable, id: string, shard: number): Promise<boolean> {
    const rows = await tx.query(
      'insert into countermark.scan_shards (scan, shard) values ($1, $2) on conflict do nothing returning shard',
      [id, shard],
    );
    return rows.length > 0;
  }

  /** Sets within a transaction how far a worker is with what it has not finished. */
  setRun(tx: Queryable, id: string, run: string, counts: ScanCounts): Promise<void> {
    return setRun(tx, id, run, counts);
  }

  /** Forgets a worker's unfinished work. */
  async endRun(id: string, run: string): Promise<void> {
    await this.database.query('delete from countermark.scan_runs where scan = $1 and run = $2', [id, run]);
  }

  /** Returns how far a scan is, with what its workers have under way. */
  progressOf(scan: Scan): Promise<ScanProgress> {
    return withRuns(this.database, scan.id, scan.progress);
  }

  protected override progressToTell(
    tx: Queryable,
    id: string,
    progress: ScanProgress,
  ): Promise<ScanProgress> {
    return withRuns(tx, id, progress);
  }
}

async function setRun(tx: Queryable, id: string, run: string, counts: ScanCounts): Promise<void> {
  await tx.query(
    `insert into countermark.scan_runs (scan, run, counts) values ($1, $2, $3)
     on conflict (scan, run) do update set counts = excluded.counts, touched = now()`,
    [id, run, JSON.stringify(counts)],
  );
}

async function withRuns(database: Queryable, id: string, finished: ScanProgress): Promise<ScanProgress> {
  const runs = await database.query<{ counts: ScanCounts }>(
    `select counts from countermark.scan_runs where scan = $1 and touched > now() - make_interval(secs => $2)`,
    [id, RUN_SECONDS],
  );
  const sum = runs.reduce((total, { counts }) => addCounts(total, counts), finished);
  // A shard that was taken over is read twice, and some formats read parts of a file again.
  return sum.totalBytes > 0 ? { ...sum, bytes: Math.min(sum.bytes, sum.totalBytes) } : sum;
}
