import { CorpusError } from '@countermark/corpus';
import { DetectorError } from '@countermark/detector';
import { type Passing, passingOf } from '@countermark/host';
import { WatermarkError } from '@countermark/watermark';
import type { Logger } from 'pino';
import { DatabaseAwayError, NoRoomError } from '../database/database-away.ts';
import { traced } from '../http/tracing.ts';
import { withoutData } from '../http/without-data.ts';
import { type MergeParts, mergeJob } from './merge-job.ts';
import { type PlanParts, planJob } from './plan-job.ts';
import type { Job, JobKind } from './scan-queue.ts';
import { ScanThreads } from './scan-threads.ts';
import { type ShardParts, shardJobs } from './shard-jobs.ts';

/** What a worker needs. */
export interface WorkerParts extends PlanParts, MergeParts, ShardParts {
  readonly logger: Logger;
  /** Shards that are scanned at a time, integer ≥ 1. */
  readonly threads: number;
}

/** A job that was begun so often and never came to an end is what ends it. */
const ATTEMPTS = 5;
/** What may pass is waited for so often, which with the queue's waits is about a day. */
const WAITS = 100;
/** Few, so that other workers get their share; more than one, so that threads seldom wait for each other. */
const JOBS_A_THREAD = 2;

/** Works on scans until it is stopped: plans them, scans their shards, merges their parts. */
export class ScanWorker {
  readonly #parts: WorkerParts;
  readonly #stop = new AbortController();
  readonly #loops: readonly Promise<void>[];
  readonly #threads: ScanThreads;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.#threads = new ScanThreads(parts.threads);
    // Small work does not wait for shards.
    this.#loops = [this.#loop(['merge', 'plan'], 1), this.#loop(['shard'], JOBS_A_THREAD * parts.threads)];
  }

  /** Stops, and gives back what it had begun. Parts that are published stay. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
    await this.#threads.keepOnly(new Set());
  }

  async #loop(kinds: readonly JobKind[], count: number): Promise<void> {
    const { queue, logger } = this.#parts;
    while (!this.#stop.signal.aborted) {
      let hasWorked = false;
      try {
        for (const kind of kinds) hasWorked = (await this.#round(kind, count)) || hasWorked;
      } catch (error) {
        // A loop that ended would leave all scans where they are for ever.
        logger.error({ err: withoutData(error) }, 'work on scans could not be begun; it is tried again');
      }
      if (!hasWorked) await queue.waitForWork(this.#stop.signal);
    }
  }

  /** Takes jobs of a kind and does them; returns whether there were any. */
  async #round(kind: JobKind, count: number): Promise<boolean> {
    const jobs = await this.#parts.queue.take(kind, count);
    const groups = new Map<string, Job[]>();
    for (const job of jobs) groups.set(job.scan, [...(groups.get(job.scan) ?? []), job]);
    // Those of a scan whose shards are used up make room, for its merger too.
    if (kind === 'shard') await this.#threads.keepOnly(new Set(groups.keys()));
    const threads = Math.max(1, Math.floor(this.#parts.threads / groups.size));
    await Promise.all([...groups.values()].map((group) => this.#work(kind, group, threads)));
    return jobs.length > 0;
  }

  /** Does jobs of one kind and scan, in so many threads; never throws. */
  async #work(kind: JobKind, jobs: readonly Job[], threads: number): Promise<void> {
    const { queue, logger } = this.#parts;
    const [{ scan } = { scan: '' }] = jobs;
    const left = new Set(jobs);
    try {
      try {
        this.#stop.signal.throwIfAborted();
        const worn = jobs.find(({ attempts }) => attempts >= ATTEMPTS);
        if (worn === undefined)
          await queue.withLeases(jobs, () =>
            traced(`countermark.scan.${kind}`, { 'countermark.jobs': jobs.length }, () =>
              this.#do(kind, jobs, left, threads),
            ),
          );
        else await this.#fail(scan, left, `${named(worn)} was begun ${ATTEMPTS} times and never ended`);
      } catch (error) {
        const passing = mayPass(error);
        const isWorthIt = [...left].every(({ waits = 0 }) => waits < WAITS);
        if (this.#stop.signal.aborted) await queue.giveBack([...left]);
        else if (passing !== undefined && isWorthIt) {
          logger.warn({ scan, kind, err: withoutData(error) }, 'work on a scan waits for what may pass');
          await queue.putOff([...left], passing.afterMs);
        } else if (isOfInput(error)) await this.#fail(scan, left, this.#shown(scan, error.message));
        else {
          logger.error({ scan, kind, err: withoutData(error) }, 'work on a scan failed; it is tried again');
          await queue.retry([...left]);
        }
      }
    } catch {
      // The database is away. The leases end by themselves.
      logger.warn({ scan, kind }, 'work on a scan was left as it is: the database does not answer');
    }
  }

  async #do(kind: JobKind, jobs: readonly Job[], left: Set<Job>, threads: number): Promise<void> {
    const { signal } = this.#stop;
    const [job] = jobs;
    if (job === undefined) return;
    if (kind === 'plan') await planJob(job, this.#parts, signal);
    else if (kind === 'merge') await mergeJob(job, this.#parts, signal);
    else await shardJobs(left, this.#parts, { runners: this.#threads, threads }, signal);
  }

  async #fail(scan: string, left: ReadonlySet<Job>, problem: string): Promise<void> {
    const { scans, queue, directories, logger } = this.#parts;
    const isFirst = await scans.fail(scan, problem);
    await queue.discard([...left]);
    if (!isFirst) return;
    await queue.drop(scan);
    await directories.removeWork(scan);
    logger.info({ scan }, 'a scan failed');
  }

  // Where uploads are is nothing to those who made them.
  #shown(scan: string, message: string): string {
    const { directories } = this.#parts;
    return message.replaceAll(`${directories.input(scan)}/`, '').replaceAll(directories.of(scan), 'the scan');
  }
}

/** Failures that say nothing of the scan: of a source, of the disk, or of the database by PostgreSQL's classes of codes. */
function mayPass(error: unknown): Passing | undefined {
  const passing = passingOf(error);
  if (passing !== undefined) return passing;
  if (error instanceof DatabaseAwayError || error instanceof NoRoomError) return {};
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(?:ENOSPC|EDQUOT|(?:08|40|53|57P)[0-9A-Z]{2,3})$/.test(code) ? {} : undefined;
}

function isOfInput(error: unknown): error is Error {
  return error instanceof CorpusError || error instanceof DetectorError || error instanceof WatermarkError;
}

function named({ kind, first, count = 1 }: Job): string {
  if (first === undefined) return `the work "${kind}"`;
  return count === 1 ? `shard ${first}` : `one of the shards ${first} to ${first + count - 1}`;
}
