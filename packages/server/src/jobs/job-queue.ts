import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import PgBoss from 'pg-boss';
import type { Logger } from 'pino';
import type { Database, Queryable } from '../database/database.ts';

const SCHEMA = 'countermark_jobs';
/** Whoever does not say for so long that it works on a job is taken for dead. */
const LEASE_S = 30;
const EXTEND_MS = 5_000;
const MAINTENANCE_S = 5;
const MEND_MS = 10_000;
/** How long an idle worker waits before it looks again. */
const POLL_MS = 1_000;
const RETRY_DELAY_S = 2;
/** How long a job is put off for the first time; twice as long each further time, up to the second. */
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 900_000;
const YEAR_MINUTES = 365 * 24 * 60;
/** The queue never gives a job up by itself: the worker does, and says so to the scan. */
const NEVER = 1_000_000;
const INSERTED_AT_ONCE = 1_000;
/** When jobs that are not put off may be begun, from now by the database's clock: also after somebody has set that back. */
const LONG_SINCE = '-10 years';
/** Nothing is put off for longer: a job that is to begin later was so by a clock that has been set back. */
const LONGEST_HOURS = 24;

/** Kinds of work, and what each is about, as the database calls it. */
const SUBJECTS = { plan: 'scan', shard: 'scan', merge: 'scan', audit: 'audit' } as const;
/** A kind of work: three on scans, one on audits. */
export type JobKind = keyof typeof SUBJECTS;

/** What a job is about; nothing in it is secret. */
export interface JobData {
  /** Id of the scan or audit. */
  readonly subject: string;
  /** Of `shard` only: the first of its shards, and how many they are. */
  readonly first?: number;
  readonly count?: number;
  /** How often it was put off, because something failed that may pass. */
  readonly waits?: number;
}

/** A job that this process has the lease of. */
export interface Job extends JobData {
  readonly id: string;
  readonly kind: JobKind;
  /** How often it was begun before. */
  readonly attempts: number;
}

/** The work that waits, in the database: whoever shares it shares the work. */
export class JobQueue {
  readonly #database: Database;
  readonly #boss: PgBoss;
  readonly #sent = new EventEmitter();
  readonly #mending: NodeJS.Timeout;

  private constructor(database: Database, boss: PgBoss, logger: Logger) {
    this.#database = database;
    this.#boss = boss;
    this.#mending = setInterval(() => {
      this.#mendTimes().catch(({ name }: Error) =>
        logger.warn({ name }, 'times of jobs could not be checked'),
      );
    }, MEND_MS).unref();
  }

  /** Opens the queue, and begins to take back the jobs of the dead. */
  static async open(database: Database, logger: Logger): Promise<JobQueue> {
    const boss = new PgBoss({
      schema: SCHEMA,
      schedule: false,
      supervise: true,
      maintenanceIntervalSeconds: MAINTENANCE_S,
      db: {
        executeSql: async (text: string, values?: unknown[]) => ({
          // Only texts without values may hold several statements.
          rows: [
            ...(values === undefined ? await database.execute(text) : await database.query(text, values)),
          ],
        }),
      },
    });
    boss.on('error', ({ name }) => logger.warn({ name }, 'the job queue cannot reach its database'));
    // Processes that start together make its tables one after the other: the library itself does so only where each waits in time.
    await database.alone(async () => {
      await boss.start();
      for (const kind of Object.keys(SUBJECTS)) {
        await boss.createQueue(kind, {
          name: kind,
          policy: 'standard',
          retryLimit: NEVER,
          expireInSeconds: LEASE_S,
        });
      }
    });
    if (database.kind === 'pglite') {
      // Nobody else can have this database open: whoever had these jobs is gone.
      await database.query(
        `update ${SCHEMA}.job set started_on = started_on - expire_in where state = 'active'`,
      );
      await boss.expire();
    }
    return new JobQueue(database, boss, logger);
  }

  /** Adds a job within a transaction. The same job twice is one. */
  async send(transaction: Queryable, kind: JobKind, data: JobData): Promise<void> {
    await this.#insert(transaction, kind, [data]);
  }

  /** Adds many jobs of a kind within a transaction. Those with a smaller `first` come before others, of whichever subject. */
  async sendAll(transaction: Queryable, kind: JobKind, all: readonly JobData[]): Promise<void> {
    for (let start = 0; start < all.length; start += INSERTED_AT_ONCE)
      await this.#insert(transaction, kind, all.slice(start, start + INSERTED_AT_ONCE));
  }

  /**
   * Mends what a clock that was set back has left: leases that begin in the future, and so end late, and jobs that are put off for
   * longer than any is.
   */
  async #mendTimes(): Promise<void> {
    await this.#database.query(
      `update ${SCHEMA}.job set started_on = case when started_on > now() then now() else started_on end,
         start_after = case when start_after > now() + make_interval(hours => $1) then now() else start_after end
       where state <= 'active' and (started_on > now() or start_after > now() + make_interval(hours => $1))`,
      [LONGEST_HOURS],
    );
  }

  /** Takes jobs that nobody has, at most so many. None also where the database does not answer. */
  async take(kind: JobKind, count: number): Promise<Job[]> {
    const jobs = await this.#boss.fetch<StoredData>(kind, { batchSize: count, includeMetadata: true });
    return jobs.map(({ id, data, retryCount }) => ({ ...dataOf(data), id, kind, attempts: retryCount }));
  }

  /** Says within a transaction that jobs are done. */
  async complete(transaction: Queryable, jobs: readonly Job[]): Promise<void> {
    for (const { kind, id } of jobs) await this.#boss.complete(kind, id, {}, { db: dbOf(transaction) });
  }

  /** Gives jobs back that were not done, to whoever is next; not counted as an attempt. */
  async giveBack(jobs: readonly Job[]): Promise<void> {
    await this.#database.transaction(async (tx) => {
      for (const { kind, id, attempts: _, ...data } of jobs) {
        await this.#boss.deleteJob(kind, id, { db: dbOf(tx) });
        await this.#insert(tx, kind, [data]);
      }
    });
  }

  /**
   * Puts jobs off whose work failed for a reason that may pass; not counted as an attempt.
   *
   * @param afterMs how long at least, in milliseconds.
   */
  async putOff(jobs: readonly Job[], afterMs = 0): Promise<void> {
    await this.#database.transaction(async (tx) => {
      for (const { kind, id, attempts: _, ...data } of jobs) {
        const { waits = 0 } = data;
        const wantedMs = Math.max(afterMs, Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** waits));
        const waitMs = Math.min(wantedMs, LONGEST_HOURS * 3_600_000);
        await this.#boss.deleteJob(kind, id, { db: dbOf(tx) });
        await this.#insert(tx, kind, [{ ...data, waits: waits + 1 }], `${waitMs} milliseconds`);
      }
    });
  }

  /** Forgets jobs that nobody wants done any more. */
  async discard(jobs: readonly Job[]): Promise<void> {
    for (const { kind, id } of jobs) await this.#boss.deleteJob(kind, id);
  }

  /** Forgets the jobs of a scan or an audit that nobody has begun. */
  async drop(subject: string): Promise<void> {
    await this.#database.query(
      `delete from ${SCHEMA}.job where coalesce(data ->> 'scan', data ->> 'audit') = $1 and state < 'active'`,
      [subject],
    );
  }

  /** Puts jobs back whose work failed, to be tried again a little later. */
  async retry(jobs: readonly Job[]): Promise<void> {
    for (const { kind, id } of jobs) await this.#boss.fail(kind, id, {});
  }

  /** Keeps the leases of jobs while work goes on. */
  async withLeases<T>(jobs: readonly Job[], work: () => Promise<T>): Promise<T> {
    const timer = setInterval(() => void this.#extend(jobs).catch(() => undefined), EXTEND_MS);
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }

  /** Waits until there may be work: a second, or less where this process adds some. */
  waitForWork(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#sent.off('sent', end);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, POLL_MS);
      this.#sent.on('sent', end);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
    });
  }

  /** Tells this process's own workers that a transaction with new jobs is through. */
  announce(): void {
    this.#sent.emit('sent');
  }

  async close(): Promise<void> {
    clearInterval(this.#mending);
    await this.#boss.stop({ graceful: false, close: false });
  }

  async #insert(
    transaction: Queryable,
    kind: JobKind,
    all: readonly JobData[],
    startAfter: string = LONG_SINCE,
  ): Promise<void> {
    await this.#boss.insert(
      all.map((data) => ({
        id: jobId(kind, data),
        name: kind,
        data: storedData(kind, data),
        priority: -(data.first ?? 0),
        retryDelay: RETRY_DELAY_S,
        startAfter,
        keepUntil: new Date(Date.now() + YEAR_MINUTES * 60_000).toISOString(),
      })),
      { db: dbOf(transaction) },
    );
  }

  // pg-boss counts a lease from when the job was begun.
  async #extend(jobs: readonly Job[]): Promise<void> {
    await this.#database.query(
      `update ${SCHEMA}.job set started_on = now() where id = any($1::uuid[]) and state = 'active'`,
      [jobs.map(({ id }) => id)],
    );
  }
}

function dbOf(transaction: Queryable): PgBoss.Db {
  return {
    executeSql: async (text, values) => ({ rows: [...(await transaction.query(text, values))] }),
  };
}

/** A job's id says what it is about: who adds it twice adds it once. */
function jobId(kind: JobKind, { subject, first }: JobData): string {
  const hex = createHash('sha256')
    .update(`${kind} ${subject} ${first ?? ''}`)
    .digest('hex');
  return hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** A job's data as the database has it: with the id under the name of what it is about. */
type StoredData = Omit<JobData, 'subject'> & { readonly scan?: string; readonly audit?: string };

function storedData(kind: JobKind, { subject, ...more }: JobData): StoredData {
  return { [SUBJECTS[kind]]: subject, ...more };
}

function dataOf({ scan, audit, ...more }: StoredData): JobData {
  return { subject: scan ?? audit ?? '', ...more };
}
