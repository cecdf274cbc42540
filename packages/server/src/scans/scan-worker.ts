import { CorpusError } from '@countermark/corpus';
import { DetectorError } from '@countermark/detector';
import { WatermarkError } from '@countermark/watermark';
import type { Logger } from 'pino';
import { type JobGroup, type JobWork, loopOverJobs } from '../jobs/job-loop.ts';
import type { Job, JobKind } from '../jobs/job-queue.ts';
import { type MergeParts, mergeJob } from './merge-job.ts';
import { type PlanParts, planJob } from './plan-job.ts';
import { ScanThreads } from './scan-threads.ts';
import { type ShardParts, shardJobs } from './shard-jobs.ts';

/** What a worker needs. */
export interface WorkerParts extends PlanParts, MergeParts, ShardParts {
  readonly logger: Logger;
  /** Shards that are scanned at a time, integer ≥ 1. */
  readonly threads: number;
}

/** Few, so that other workers get their share; more than one, so that threads seldom wait for each other. */
const JOBS_A_THREAD = 2;

/** Works on scans until it is stopped: plans them, scans their shards, merges their parts. */
export class ScanWorker implements JobWork {
  readonly noun = 'scan';
  readonly #parts: WorkerParts;
  readonly #stop = new AbortController();
  readonly #loops: readonly Promise<void>[];
  readonly #threads: ScanThreads;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.#threads = new ScanThreads(parts.threads);
    const loop = { ...parts, signal: this.#stop.signal };
    // Small work does not wait for shards.
    this.#loops = [
      loopOverJobs(['merge', 'plan'], 1, this, loop),
      loopOverJobs(['shard'], JOBS_A_THREAD * parts.threads, this, loop),
    ];
  }

  /** Stops, and gives back what it had begun. Parts that are published stay. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
    await this.#threads.keepOnly(new Set());
  }

  async begin(kind: JobKind, scans: ReadonlySet<string>): Promise<void> {
    // Those of a scan whose shards are used up make room, for its merger too.
    if (kind === 'shard') await this.#threads.keepOnly(scans);
  }

  async do({ kind, left, groups }: JobGroup, signal: AbortSignal): Promise<void> {
    const [job] = left;
    if (job === undefined) return;
    if (kind === 'plan') await planJob(job, this.#parts, signal);
    else if (kind === 'merge') await mergeJob(job, this.#parts, signal);
    else {
      const threads = Math.max(1, Math.floor(this.#parts.threads / groups));
      await shardJobs(left, this.#parts, { runners: this.#threads, threads }, signal);
    }
  }

  isFinal(error: unknown): error is Error {
    return error instanceof CorpusError || error instanceof DetectorError || error instanceof WatermarkError;
  }

  nameOf({ kind, first, count = 1 }: Job): string {
    if (first === undefined) return `the work "${kind}"`;
    return count === 1 ? `shard ${first}` : `one of the shards ${first} to ${first + count - 1}`;
  }

  async fail(scan: string, left: ReadonlySet<Job>, problem: string): Promise<void> {
    const { scans, queue, directories, logger } = this.#parts;
    const isFirst = await scans.fail(scan, this.#shown(scan, problem));
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
