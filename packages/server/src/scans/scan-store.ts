import type { Database, Queryable } from '../database/database.ts';
import { hasEnded } from '../jobs/event-stream.ts';
import { type JobEvent, JobEvents } from '../jobs/job-events.ts';
import { addCounts, NO_PROGRESS, type ScanCounts, type ScanProgress } from './progress.ts';
import type { ScanRequest } from './scan-request.ts';

/** Where a scan is in its life; the last three are ends. */
type ScanStatus = 'queued' | 'planning' | 'scanning' | 'merging' | 'done' | 'failed' | 'cancelled';

/** A scan as it is kept. */
export interface Scan {
  readonly id: string;
  readonly tenant: string;
  readonly status: ScanStatus;
  readonly request: ScanRequest;
  /** Of finished shards. */
  readonly progress: ScanProgress;
  /** SHA-256 of the manifest, once it is planned. */
  readonly manifest: string | null;
  readonly verdict: string | null;
  /** Why it failed, for whoever asked for it. */
  readonly problem: string | null;
  readonly created: Date;
  readonly started: Date | null;
  readonly ended: Date | null;
}

/** What a change may set. */
export interface ScanChange {
  readonly status?: ScanStatus;
  readonly progress?: ScanProgress;
  readonly manifest?: string;
  readonly verdict?: string;
  readonly problem?: string;
}

const COLUMNS = 'id, tenant, status, request, progress, manifest, verdict, problem, created, started, ended';
/** Runs that have said nothing for longer are of workers that are gone. */
const RUN_SECONDS = 30;
const EVENTS = new JobEvents('scan_events', 'scan');

/** The scans of a database. */
export class Scans {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps a new scan within a transaction. */
  async insert(tx: Queryable, id: string, tenant: string, request: ScanRequest): Promise<Scan> {
    const [scan] = await tx.query<Scan>(
      `insert into countermark.scans (id, tenant, status, request, progress)
       values ($1, $2, 'queued', $3, $4) returning ${COLUMNS}`,
      [id, tenant, JSON.stringify(request), JSON.stringify(NO_PROGRESS)],
    );
    if (scan === undefined) throw new Error('a scan that was just kept is not there');
    await EVENTS.add(tx, id, 'status', { status: 'queued' });
    return scan;
  }

  /**
   * Finds a scan.
   *
   * @param tenant whose it has to be (default anybody's).
   */
  async find(id: string, tenant?: string): Promise<Scan | undefined> {
    const [scan] = await this.#database.query<Scan>(
      `select ${COLUMNS} from countermark.scans where id = $1 and ($2::text is null or tenant = $2)`,
      [id, tenant ?? null],
    );
    return scan;
  }

  /**
   * Lists a tenant's scans, newest first.
   *
   * @param after the last that was seen.
   */
  list(
    tenant: string,
    count: number,
    after?: { readonly created: Date; readonly id: string },
  ): Promise<readonly Scan[]> {
    return this.#database.query<Scan>(
      `select ${COLUMNS} from countermark.scans
       where tenant = $1 and ($2::timestamptz is null or created < $2 or (created = $2 and id > $3))
       order by created desc, id limit $4`,
      [tenant, after?.created.toISOString() ?? null, after?.id ?? null, count],
    );
  }

  /**
   * Changes a scan that nobody else changes meanwhile, and tells of it.
   *
   * @param decide given the scan as it is, and the transaction; returns what is set, or undefined for nothing.
   * @returns whether something was set; undefined if there is no such scan.
   */
  change(
    id: string,
    decide: (scan: Scan, transaction: Queryable) => Promise<ScanChange | undefined>,
  ): Promise<boolean | undefined> {
    return this.#database.transaction(async (tx) => {
      const [scan] = await tx.query<Scan>(
        `select ${COLUMNS} from countermark.scans where id = $1 for update`,
        [id],
      );
      if (scan === undefined) return undefined;
      const change = await decide(scan, tx);
      if (change === undefined) return false;
      const { status = scan.status, progress = scan.progress } = change;
      await tx.query(
        `update countermark.scans set status = $2, progress = $3, manifest = coalesce($4, manifest),
           verdict = coalesce($5, verdict), problem = coalesce($6, problem),
           started = case when started is null and $2 <> 'queued' then now() else started end,
           ended = case when $7 then now() else ended end,
           request = case when $7 then request - 'accounts' else request end
         where id = $1`,
        [
          id,
          status,
          JSON.stringify(progress),
          change.manifest ?? null,
          change.verdict ?? null,
          change.problem ?? null,
          hasEnded(status),
        ],
      );
      if (status !== scan.status) {
        if (change.progress !== undefined) await EVENTS.add(tx, id, 'progress', progress);
        await EVENTS.add(tx, id, 'status', {
          status,
          ...(change.verdict === undefined ? {} : { verdict: change.verdict }),
          ...(change.problem === undefined ? {} : { problem: change.problem }),
        });
      } else if (change.progress !== undefined)
        await EVENTS.addProgress(tx, id, () => withRuns(tx, id, progress));
      return true;
    });
  }

  /** Ends a scan with a failure, unless it has ended already. */
  async fail(id: string, problem: string): Promise<boolean> {
    const changed = await this.change(id, async ({ status }) =>
      hasEnded(status) ? undefined : { status: 'failed', problem },
    );
    return changed === true;
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
    await this.#database.query('delete from countermark.scan_runs where scan = $1 and run = $2', [id, run]);
  }

  /** Returns how far a scan is, with what its workers have under way. */
  progressOf(scan: Scan): Promise<ScanProgress> {
    return withRuns(this.#database, scan.id, scan.progress);
  }

  /** Lists what happened after an event. */
  events(id: string, after: number): Promise<readonly JobEvent[]> {
    return EVENTS.after(this.#database, id, after);
  }

  /** Removes a scan and all that is known of it. */
  async remove(id: string): Promise<void> {
    await this.#database.query('delete from countermark.idempotency where resource = $1', [id]);
    await this.#database.query('delete from countermark.scans where id = $1', [id]);
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
