import type { Piscina } from 'piscina';
import type { RecordFailure } from '../documents/document.ts';
import { CorpusError } from '../errors.ts';
import { type ScanAnswer, type ScanOutcome, type ScanTask, SLOTS, type WorkerSetup } from './scan-task.ts';
import { reviveError } from './worker-error.ts';

/** What a scan has done so far. */
export interface RunState {
  /** Shards that are finished, of those that were to be scanned now. */
  readonly finished: number;
  readonly shards: number;
  readonly documents: number;
  readonly tokens: number;
  readonly bytes: number;
  /** Documents with p ≤ 1e-6, uncorrected. */
  readonly strong: number;
}

/** How shards are run. */
export interface RunOptions {
  /** Worker threads, integer ≥ 1. */
  readonly threads: number;
  /** A document may take so long, in milliseconds, before it is given up and reported. */
  readonly timeLimitMs: number;
  /** Told about the run several times a second. */
  readonly onProgress?: (state: RunState) => void;
  /** Told about records that stopped a worker. */
  readonly onRefused?: (shard: number, failure: RecordFailure) => void;
  /** Told when a part is published. */
  readonly onFinished?: (outcome: ScanOutcome) => void;
  readonly signal?: AbortSignal;
}

const POLL_MS = 100;
/** Attempts on one shard without any record to blame, before it is given up. */
const ATTEMPTS = 3;

interface Running {
  readonly counters: Float64Array;
  readonly abort: AbortController;
  serial: number;
  since: number;
  stuck: boolean;
}

/**
 * Scans shards in worker threads, each shard in one. A document that takes too long, or takes the worker with it, costs
 * itself: the shard is begun again without it, and its part lists it as a failure.
 *
 * @param setup  what all shards have in common.
 * @param shards numbers in the manifest, in the order in which they are begun.
 * @throws {CorpusError} or the system's error that a shard failed with; parts that are published stay.
 */
export async function runShards(
  setup: WorkerSetup,
  shards: readonly number[],
  options: RunOptions,
): Promise<void> {
  const { threads, signal } = options;
  const { Piscina: Pool } = await import('piscina');
  const pool = new Pool<ScanTask, ScanAnswer>({
    ...program(),
    name: 'work',
    minThreads: 0,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    idleTimeout: 1000,
    workerData: setup,
  });
  const run = new Run(pool, shards.length, options);
  const timer = setInterval(() => run.poll(), POLL_MS);
  const stop = new AbortController();
  const queue = [...shards];
  const lane = async (): Promise<void> => {
    for (let shard = queue.shift(); shard !== undefined; shard = queue.shift()) {
      signal?.throwIfAborted();
      if (stop.signal.aborted) return;
      await run.scan(shard);
    }
  };
  // A thread that ends before it takes a shard, where its program cannot start: its shard would wait for ever.
  pool.on('error', (error: unknown) => {
    run.failure ??= error;
    stop.abort();
    run.abortAll();
  });
  const onAbort = (): void => run.abortAll();
  signal?.addEventListener('abort', onAbort);
  try {
    await Promise.all(
      Array.from({ length: Math.min(threads, shards.length) }, () =>
        lane().catch((error: unknown) => {
          stop.abort();
          run.abortAll();
          throw error;
        }),
      ),
    );
    signal?.throwIfAborted();
    run.poll();
  } catch (error) {
    // What ended it, rather than what that brought about.
    signal?.throwIfAborted();
    throw run.failure ?? error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    clearInterval(timer);
    await pool.destroy();
  }
}

/** The shards that are being scanned. */
class Run {
  readonly #pool: Piscina<ScanTask, ScanAnswer>;
  readonly #shards: number;
  readonly #options: RunOptions;
  readonly #running = new Set<Running>();
  #finished = 0;
  #done: Float64Array = new Float64Array(SLOTS.length);
  /** The first failure that was not brought about by another. */
  failure: unknown;

  constructor(pool: Piscina<ScanTask, ScanAnswer>, shards: number, options: RunOptions) {
    this.#pool = pool;
    this.#shards = shards;
    this.#options = options;
  }

  async scan(shard: number): Promise<void> {
    const refused: RecordFailure[] = [];
    for (let attempt = 1; ; ) {
      const outcome = await this.#attempt(shard, refused);
      if ('outcome' in outcome) {
        this.#options.onFinished?.(outcome.outcome);
        return;
      }
      if (outcome.failure === undefined) {
        if (attempt++ === ATTEMPTS) {
          throw this.#fail(
            new CorpusError(
              'unreadable',
              `shard ${shard}: its worker ended ${ATTEMPTS} times between records`,
            ),
          );
        }
        continue;
      }
      refused.push(outcome.failure);
      this.#options.onRefused?.(shard, outcome.failure);
    }
  }

  poll(): void {
    const now = Date.now();
    for (const running of this.#running) {
      const serial = running.counters[SLOTS.serial] ?? 0;
      if (serial !== running.serial || (running.counters[SLOTS.record] ?? 0) === 0) {
        running.serial = serial;
        running.since = now;
      } else if (now - running.since > this.#options.timeLimitMs && !running.stuck) {
        running.stuck = true;
        running.abort.abort();
      }
    }
    this.#options.onProgress?.(this.#state());
  }

  abortAll(): void {
    for (const { abort } of this.#running) abort.abort();
  }

  async #attempt(
    shard: number,
    refused: readonly RecordFailure[],
  ): Promise<{ outcome: ScanOutcome } | { failure: RecordFailure | undefined }> {
    const buffer = new SharedArrayBuffer(8 * SLOTS.length);
    const running: Running = {
      counters: new Float64Array(buffer),
      abort: new AbortController(),
      serial: 0,
      since: Date.now(),
      stuck: false,
    };
    this.#running.add(running);
    try {
      const task = { shard, refused, counters: buffer };
      const { outcome, error } = await this.#pool.run(task, { signal: running.abort.signal });
      if (error !== undefined) throw this.#fail(reviveError(error));
      this.#finished++;
      this.#done = sum(this.#done, running.counters);
      return { outcome };
    } catch (error) {
      const record = (running.counters[SLOTS.record] ?? 0) - 1;
      if (running.stuck) {
        const seconds = this.#options.timeLimitMs / 1000;
        return { failure: { record, code: 'timed-out', message: `took longer than ${seconds} s` } };
      }
      if (!isWorkerEnd(error)) throw this.#fail(error);
      if (record < 0) return { failure: undefined };
      return { failure: { record, code: 'worker-crashed', message: 'ended the worker that looked at it' } };
    } finally {
      this.#running.delete(running);
    }
  }

  #fail(error: unknown): unknown {
    this.failure ??= error;
    return error;
  }

  #state(): RunState {
    const all = [...this.#running].reduce((total, { counters }) => sum(total, counters), this.#done);
    return {
      finished: this.#finished,
      shards: this.#shards,
      documents: all[SLOTS.documents] ?? 0,
      tokens: all[SLOTS.tokens] ?? 0,
      bytes: all[SLOTS.bytes] ?? 0,
      strong: all[SLOTS.strong] ?? 0,
    };
  }
}

function sum(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, slot) => value + (b[slot] ?? 0));
}

// What the pool says where a thread ended by itself, and what a thread says that ran out of memory.
function isWorkerEnd(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  return code === 'ERR_WORKER_OUT_OF_MEMORY' || /worker exited|terminating worker/i.test(error.message);
}

// From sources, in tests, the program is that of the build, and so are its imports: threads read no TypeScript.
function program(): { filename: string; execArgv?: string[] } {
  if (!import.meta.url.endsWith('.ts')) return { filename: new URL('./worker.js', import.meta.url).href };
  return { filename: new URL('../../dist/scan/worker.js', import.meta.url).href, execArgv: [] };
}
