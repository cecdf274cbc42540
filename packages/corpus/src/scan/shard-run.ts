import type { Piscina } from 'piscina';
import type { RecordFailure } from '../documents/document.ts';
import { CorpusError } from '../errors.ts';
import { type ScanAnswer, type ScanOutcome, type ScanTask, SLOTS } from './scan-task.ts';
import { CLOCK_BYTES, monotonicMs, Watchdog } from './work-clock.ts';
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
  /** Shards that are scanned at a time, integer ≥ 1: no more threads than these are at work. */
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

/** Attempts on one shard without any record to blame, before it is given up. */
const ATTEMPTS = 3;

interface Running {
  readonly counters: Float64Array;
  readonly watchdog: Watchdog;
  readonly abort: AbortController;
}

/** A list of shards while it is scanned in the threads of a pool. */
export class ShardRun {
  readonly #pool: Piscina<ScanTask, ScanAnswer>;
  readonly #shards: number;
  readonly #options: RunOptions;
  readonly #running = new Set<Running>();
  #finished = 0;
  #done: Float64Array = new Float64Array(SLOTS.length);
  /** The first failure that was not brought about by another. */
  failure: unknown;

  /** @param shards how many the list has. */
  constructor(pool: Piscina<ScanTask, ScanAnswer>, shards: number, options: RunOptions) {
    this.#pool = pool;
    this.#shards = shards;
    this.#options = options;
  }

  /**
   * Scans a shard, as often as it takes.
   *
   * @throws what it failed with.
   */
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

  /** Looks at how far the threads are: ends those whose document takes too long, and tells the progress. */
  poll(): void {
    const now = monotonicMs();
    for (const { watchdog, abort } of this.#running) {
      if (watchdog.blamed !== undefined) continue;
      watchdog.look(now);
      if (watchdog.blamed !== undefined) abort.abort();
    }
    this.#options.onProgress?.(this.#state());
  }

  /** Ends the threads that are at work. */
  abortAll(): void {
    for (const { abort } of this.#running) abort.abort();
  }

  async #attempt(
    shard: number,
    refused: readonly RecordFailure[],
  ): Promise<{ outcome: ScanOutcome } | { failure: RecordFailure | undefined }> {
    const buffer = new SharedArrayBuffer(8 * SLOTS.length);
    const clock = new SharedArrayBuffer(CLOCK_BYTES);
    const running: Running = {
      counters: new Float64Array(buffer),
      watchdog: new Watchdog(clock, this.#options.timeLimitMs),
      abort: new AbortController(),
    };
    this.#running.add(running);
    try {
      const task = { shard, refused, counters: buffer, clock };
      const { outcome, error } = await this.#pool.run(task, { signal: running.abort.signal });
      if (error !== undefined) throw this.#fail(reviveError(error));
      this.#finished++;
      this.#done = sum(this.#done, running.counters);
      return { outcome };
    } catch (error) {
      const { blamed, piece: record } = running.watchdog;
      if (blamed !== undefined) {
        const seconds = this.#options.timeLimitMs / 1000;
        return { failure: { record: blamed, code: 'timed-out', message: `took longer than ${seconds} s` } };
      }
      if (!isWorkerEnd(error)) throw this.#fail(error);
      if (record === undefined) return { failure: undefined };
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
