import { randomUUID } from 'node:crypto';
import { PartStore } from '@countermark/corpus';
import {
  missingShards,
  openScanRunner,
  readPlan,
  type ScanOutcome,
  type ScanRunner,
  scanSetup,
} from '@countermark/corpus/driver';
import type { Metrics } from '../http/metrics.ts';
import type { Job, JobQueue } from '../jobs/job-queue.ts';
import type { WatermarkKeys } from '../store/watermark-keys.ts';
import type { TokenizerList } from '../tokenizer-list.ts';
import { openKeyFiles } from './open-keys.ts';
import { addCounts, NO_COUNTS, type ScanCounts } from './progress.ts';
import type { ScanDirectories } from './scan-directory.ts';
import type { Scans } from './scan-store.ts';
import type { ScanThreads } from './scan-threads.ts';

/** What scanning shards needs. */
export interface ShardParts {
  readonly scans: Scans;
  readonly queue: JobQueue;
  readonly keys: WatermarkKeys;
  readonly tokenizers: TokenizerList;
  readonly directories: ScanDirectories;
  readonly metrics: Metrics;
}

/** What shards are scanned in. */
export interface ShardThreads {
  readonly runners: ScanThreads;
  /** Shards that are scanned at a time, integer ≥ 1. */
  readonly threads: number;
}

const REPORT_MS = 1_000;
const DOCUMENT_MS = 60_000;

/**
 * Scans shards of one scan in threads, and adds the job that merges them where they were the last.
 *
 * A worker that was taken for dead may still be at work: both make the same part, which is there once, and count once.
 *
 * @param left jobs to do; those that are done are taken out.
 * @throws {CorpusError} or the system's error that a shard failed with.
 */
export async function shardJobs(
  left: Set<Job>,
  parts: ShardParts,
  threads: ShardThreads,
  signal: AbortSignal,
): Promise<void> {
  const [first] = left;
  if (first === undefined) return;
  const run = new ShardRun(first.subject, left, parts, threads);
  try {
    await run.go(signal);
  } finally {
    await run.end();
  }
}

class ShardRun {
  readonly #id: string;
  readonly #left: Set<Job>;
  readonly #parts: ShardParts;
  readonly #threads: ShardThreads;
  readonly #name = randomUUID();
  readonly #unwanted = new AbortController();
  readonly #finishing: Promise<void>[] = [];
  #lastFinishing: Promise<unknown> = Promise.resolve();
  /** The job of each shard that the database does not yet say is finished. */
  readonly #open = new Map<number, Job>();
  /** Of all shards that the threads scan, and of those of them that are finished. */
  #seen: ScanCounts = NO_COUNTS;
  #finished: ScanCounts = NO_COUNTS;

  constructor(id: string, left: Set<Job>, parts: ShardParts, threads: ShardThreads) {
    this.#id = id;
    this.#left = left;
    this.#parts = parts;
    this.#threads = threads;
    for (const job of left) {
      const { first = 0, count = 0 } = job;
      for (let shard = first; shard < first + count; shard++) this.#open.set(shard, job);
    }
  }

  async go(signal: AbortSignal): Promise<void> {
    const { scans, directories } = this.#parts;
    const scan = await scans.find(this.#id);
    if (scan?.status !== 'scanning') return this.#drop();
    const manifest = scan.manifest ?? '';
    const store = new PartStore(directories.parts(this.#id), manifest);
    const missing = await missingShards(store, [...this.#open.keys()], {
      signal,
      onDone: (outcome) => this.#finish(outcome, NO_COUNTS),
    });
    if (missing.length > 0) await this.#scan(manifest, missing, signal);
    // Every shard is finished, or nobody wants the scan any more.
    await this.#drop();
  }

  async end(): Promise<void> {
    await this.#parts.scans.endRun(this.#id, this.#name).catch(() => undefined);
  }

  async #scan(manifest: string, missing: readonly number[], signal: AbortSignal): Promise<void> {
    const { runners, threads } = this.#threads;
    const runner = await runners.runnerOf(this.#id, manifest, (most) => this.#openRunner(manifest, most));
    const timer = setInterval(() => void this.#report(), REPORT_MS);
    try {
      await runner.run(missing, {
        threads,
        timeLimitMs: DOCUMENT_MS,
        signal: AbortSignal.any([signal, this.#unwanted.signal]),
        onProgress: (state) => {
          this.#seen = state;
        },
        onFinished: (outcome) => this.#noteFinished(outcome),
      });
    } catch (error) {
      if (!this.#unwanted.signal.aborted) throw error;
    } finally {
      clearInterval(timer);
      await Promise.allSettled(this.#finishing);
    }
    if (!this.#unwanted.signal.aborted) await Promise.all(this.#finishing);
  }

  async #openRunner(digest: string, threads: number): Promise<ScanRunner> {
    const { keys, tokenizers, directories } = this.#parts;
    const manifest = await readPlan(directories.of(this.#id), digest);
    const { keyFiles, tokenizerNames } = await openKeyFiles(
      keys,
      manifest.keys.map(({ keyId }) => keyId),
    );
    const scan = { manifest, keyFiles, tokenizers: tokenizers.locationsOf(tokenizerNames) };
    return openScanRunner(scanSetup(scan, { parts: directories.parts(this.#id) }), threads);
  }

  // One after another: they wait for the scan's row anyway, and which is a job's last is then known.
  #noteFinished(outcome: ScanOutcome): void {
    const finishing = this.#lastFinishing.then(() => this.#finish(outcome, outcome));
    // Looked at once the run has ended; that one was lost is no reason to lose the next.
    this.#lastFinishing = finishing.catch(() => undefined);
    this.#finishing.push(finishing);
  }

  /**
   * Says in the database that a shard is finished. A shard is open here until that is through, so that a transaction that is lost
   * leaves its job to be done again.
   *
   * @param counts what of it is counted as under way until then.
   */
  async #finish(outcome: ScanOutcome, counts: ScanCounts): Promise<void> {
    const { scans, queue, metrics } = this.#parts;
    const { shard, failed } = outcome;
    const job = this.#open.get(shard);
    const isLast = job !== undefined && this.#countOpen(job) === 1;
    const finished = addCounts(this.#finished, counts);
    await scans.change(this.#id, async ({ status, progress }, tx) => {
      if (isLast) await queue.complete(tx, [job]);
      if (status !== 'scanning') return undefined;
      await scans.setRun(tx, this.#id, this.#name, this.#underWay(finished));
      if (!(await scans.finishShard(tx, this.#id, shard))) return undefined;
      const next = {
        ...addCounts(progress, outcome),
        finished: progress.finished + 1,
        failed: progress.failed + failed,
      };
      if (next.finished < next.shards) return { progress: next };
      await queue.send(tx, 'merge', { subject: this.#id });
      return { status: 'merging', progress: next };
    });
    this.#finished = finished;
    this.#open.delete(shard);
    if (isLast) this.#left.delete(job);
    metrics.scannedBytes.inc(outcome.bytes);
    queue.announce();
  }

  #countOpen(job: Job): number {
    return [...this.#open.values()].filter((other) => other === job).length;
  }

  async #report(): Promise<void> {
    try {
      const underWay = this.#underWay(this.#finished);
      const isWanted = await this.#parts.scans.report(this.#id, this.#name, underWay);
      if (!isWanted) this.#unwanted.abort();
    } catch {
      // The database is away: what is scanned is kept all the same.
    }
  }

  // The last shard's counts may have been read before it was finished.
  #underWay(finished: ScanCounts): ScanCounts {
    const { documents, tokens, bytes, strong } = addCounts(this.#seen, finished, -1);
    return {
      documents: Math.max(0, documents),
      tokens: Math.max(0, tokens),
      bytes: Math.max(0, bytes),
      strong: Math.max(0, strong),
    };
  }

  async #drop(): Promise<void> {
    const { queue } = this.#parts;
    await queue.discard([...this.#left]);
    this.#left.clear();
  }
}
