import { ThreadDied, type ThreadPool, TimedOut } from '@countermark/host';
import type { RecordFailure } from '../documents/document.ts';
import { CorpusError } from '../errors.ts';
import type { ShardTask } from './shard-task.ts';

/** What a run has done so far: shards, and the program's own counters. */
export type RunState<Counter extends string> = {
  /** Shards that are finished, of those that were to be made now. */
  readonly finished: number;
  readonly shards: number;
} & Readonly<Record<Counter, number>>;

/** How shards are run. */
export interface RunOptions<Outcome, Counter extends string> {
  /** Shards that are made at a time, integer ≥ 1: no more threads than these are at work. */
  readonly threads: number;
  /** A record may take so long, in milliseconds, before it is given up and reported. */
  readonly timeLimitMs: number;
  /** Told about the run several times a second. */
  readonly onProgress?: (state: RunState<Counter>) => void;
  /** Told about records that stopped a thread. */
  readonly onRefused?: (shard: number, failure: RecordFailure) => void;
  /** Told when the file of a shard is published. */
  readonly onFinished?: (outcome: Outcome) => void;
  readonly signal?: AbortSignal;
}

/** Attempts on one shard without any record to blame, before it is given up. */
const ATTEMPTS = 3;

/** A list of shards while a program is at it in the threads of a pool. */
export class ShardRun<Outcome, Counter extends string> {
  readonly #pool: ThreadPool<ShardTask, Outcome>;
  readonly #counters: readonly Counter[];
  readonly #shards: number;
  readonly #options: RunOptions<Outcome, Counter>;
  /** Counters of the shards that are under way. */
  readonly #running = new Set<Float64Array>();
  /** Ends what is under way. */
  readonly #abort = new AbortController();
  #finished = 0;
  #done: Float64Array;
  /** The first failure that was not brought about by another. */
  failure: unknown;

  /** @param shards how many the list has. */
  constructor(
    pool: ThreadPool<ShardTask, Outcome>,
    counters: readonly Counter[],
    shards: number,
    options: RunOptions<Outcome, Counter>,
  ) {
    this.#pool = pool;
    this.#counters = counters;
    this.#shards = shards;
    this.#options = options;
    this.#done = new Float64Array(counters.length);
  }

  /**
   * Makes a shard, as often as it takes.
   *
   * @throws what it failed with.
   */
  async make(shard: number): Promise<void> {
    const refused: RecordFailure[] = [];
    for (let attempt = 1; ; ) {
      const made = await this.#attempt(shard, refused);
      if ('outcome' in made) {
        this.#options.onFinished?.(made.outcome);
        return;
      }
      if (made.failure === undefined) {
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
      refused.push(made.failure);
      this.#options.onRefused?.(shard, made.failure);
    }
  }

  /** Tells how far the threads are. */
  tell(): void {
    this.#options.onProgress?.(this.#state());
  }

  /** Ends the threads that are at work. */
  abortAll(): void {
    this.#abort.abort();
  }

  async #attempt(
    shard: number,
    refused: readonly RecordFailure[],
  ): Promise<{ readonly outcome: Outcome } | { readonly failure: RecordFailure | undefined }> {
    const memory = new SharedArrayBuffer(8 * this.#counters.length);
    const counts = new Float64Array(memory);
    this.#running.add(counts);
    try {
      const outcome = await this.#pool.run(
        { shard, refused, counters: memory },
        { limitMs: this.#options.timeLimitMs, signal: this.#abort.signal },
      );
      this.#finished++;
      this.#done = sum(this.#done, counts);
      return { outcome };
    } catch (error) {
      if (error instanceof TimedOut) {
        const seconds = this.#options.timeLimitMs / 1000;
        const message = `took longer than ${seconds} s`;
        return { failure: { record: error.piece, code: 'timed-out', message } };
      }
      if (!(error instanceof ThreadDied)) throw this.#fail(error);
      const { cause, code, piece: record } = error;
      // An error that nobody caught in it is a fault of ours, and ends the run; a thread that exits, or has no memory left, does not.
      if (cause !== undefined && code !== 'ERR_WORKER_OUT_OF_MEMORY') throw this.#fail(cause);
      if (record === undefined) return { failure: undefined };
      return { failure: { record, code: 'worker-crashed', message: 'ended the worker that looked at it' } };
    } finally {
      this.#running.delete(counts);
    }
  }

  #fail(error: unknown): unknown {
    this.failure ??= error;
    return error;
  }

  #state(): RunState<Counter> {
    const all = [...this.#running].reduce(sum, this.#done);
    const counts = Object.fromEntries(this.#counters.map((name, slot) => [name, all[slot] ?? 0]));
    return {
      ...(counts as Record<Counter, number>),
      finished: this.#finished,
      shards: this.#shards,
    };
  }
}

function sum(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, slot) => value + (b[slot] ?? 0));
}
