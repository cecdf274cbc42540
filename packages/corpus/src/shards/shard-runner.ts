import { ThreadPool } from '@countermark/host';
import { CORPUS_ERRORS } from './corpus-errors.ts';
import type { ShardWork } from './shard-program.ts';
import { type RunOptions, ShardRun } from './shard-run.ts';
import type { ShardTask } from './shard-task.ts';

const TELL_MS = 100;
/** How long a thread without a shard is kept. */
const THREAD_IDLE_MS = 5_000;

/** Worker threads that run one program on shards, one list of them after another. They start when they are needed. */
export class ShardRunner<Outcome, Counter extends string> {
  readonly #pool: ThreadPool<ShardTask, Outcome>;
  readonly #counters: readonly Counter[];
  #isOpen = true;
  /** Ends the list that is under way. */
  #fail: ((error: unknown) => void) | undefined;

  /**
   * Opens a runner, which is to be closed.
   *
   * @param work    the program, and what all shards have in common.
   * @param threads most threads that there may be, integer ≥ 1.
   */
  constructor({ program, counters, setup, place }: ShardWork<Counter>, threads: number) {
    this.#counters = counters;
    this.#pool = new ThreadPool(
      program,
      { setup, place },
      { threads, idleMs: THREAD_IDLE_MS, classes: CORPUS_ERRORS },
    );
  }

  /** Whether it takes another list: not after a list failed, or it was closed. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Makes shards, each in one thread. A record that takes too long, or takes the thread with it, costs itself: the shard is begun
   * again without it, and reports it as a failure. Whatever else fails ends all threads.
   *
   * @param shards numbers in the plan, in the order in which they are begun.
   * @throws {CorpusError} or the system's error that a shard failed with; files that are published stay.
   * @throws {TypeError} if it is not open, or a list is under way.
   */
  async run(shards: readonly number[], options: RunOptions<Outcome, Counter>): Promise<void> {
    if (!this.#isOpen || this.#fail !== undefined) {
      throw new TypeError('a runner takes one list of shards at a time, for as long as it is open');
    }
    const { signal } = options;
    const run = new ShardRun(this.#pool, this.#counters, shards.length, options);
    const stop = new AbortController();
    this.#fail = (error) => {
      run.failure ??= error;
      stop.abort();
      run.abortAll();
    };
    const timer = setInterval(() => run.tell(), TELL_MS);
    const onAbort = (): void => run.abortAll();
    signal?.addEventListener('abort', onAbort);
    try {
      await makeAll(run, shards, options, stop);
    } catch (error) {
      this.#fail = undefined;
      await this.close();
      // What ended it, rather than what that brought about.
      signal?.throwIfAborted();
      throw run.failure ?? error;
    } finally {
      this.#fail = undefined;
      signal?.removeEventListener('abort', onAbort);
      clearInterval(timer);
    }
  }

  /** Ends the threads; a list that is under way fails. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#fail?.(new Error('the threads that scan were ended'));
    await this.#pool.close();
  }
}

async function makeAll<Outcome, Counter extends string>(
  run: ShardRun<Outcome, Counter>,
  shards: readonly number[],
  { threads, signal }: RunOptions<Outcome, Counter>,
  stop: AbortController,
): Promise<void> {
  // Taking from the front of a long list would move all the rest.
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let shard = shards[next++]; shard !== undefined; shard = shards[next++]) {
      signal?.throwIfAborted();
      if (stop.signal.aborted) return;
      await run.make(shard);
    }
  };
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
  if (run.failure !== undefined) throw run.failure;
  run.tell();
}
