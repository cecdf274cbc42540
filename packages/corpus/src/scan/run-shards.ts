import type { Piscina } from 'piscina';
import type { ScanAnswer, ScanTask, WorkerSetup } from './scan-task.ts';
import { type RunOptions, ShardRun } from './shard-run.ts';

const POLL_MS = 100;
/** How long a thread without a shard is kept. */
const THREAD_IDLE_MS = 5_000;

/** Worker threads that scan shards of one setup, one list of them after another. They start when they are needed. */
export class ShardRunner {
  readonly #pool: Piscina<ScanTask, ScanAnswer>;
  #isOpen = true;
  /** Ends the list that is under way. */
  #fail: ((error: unknown) => void) | undefined;

  private constructor(pool: Piscina<ScanTask, ScanAnswer>) {
    this.#pool = pool;
    // A thread that ends before it takes a shard, where its program cannot start: its shard would wait for ever.
    pool.on('error', (error: unknown) => {
      this.#isOpen = false;
      this.#fail?.(error);
    });
  }

  /**
   * Opens a runner, which is to be closed.
   *
   * @param setup   what all shards have in common.
   * @param threads most threads that there may be, integer ≥ 1.
   */
  static async open(setup: WorkerSetup, threads: number): Promise<ShardRunner> {
    const { Piscina: Pool } = await import('piscina');
    return new ShardRunner(
      new Pool<ScanTask, ScanAnswer>({
        ...program(),
        name: 'work',
        minThreads: 0,
        maxThreads: threads,
        concurrentTasksPerWorker: 1,
        idleTimeout: THREAD_IDLE_MS,
        workerData: setup,
      }),
    );
  }

  /** Whether it takes another list: not after a list failed, or it was closed. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Scans shards, each in one thread. A document that takes too long, or takes the thread with it, costs itself: the
   * shard is begun again without it, and its part lists it as a failure. Whatever else fails ends all threads.
   *
   * @param shards numbers in the manifest, in the order in which they are begun.
   * @throws {CorpusError} or the system's error that a shard failed with; parts that are published stay.
   * @throws {TypeError} if it is not open, or a list is under way.
   */
  async run(shards: readonly number[], options: RunOptions): Promise<void> {
    if (!this.#isOpen || this.#fail !== undefined) {
      throw new TypeError('a runner takes one list of shards at a time, for as long as it is open');
    }
    const { signal } = options;
    const run = new ShardRun(this.#pool, shards.length, options);
    const stop = new AbortController();
    this.#fail = (error) => {
      run.failure ??= error;
      stop.abort();
      run.abortAll();
    };
    const timer = setInterval(() => run.poll(), POLL_MS);
    const onAbort = (): void => run.abortAll();
    signal?.addEventListener('abort', onAbort);
    try {
      await scanAll(run, shards, options, stop);
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
    await this.#pool.destroy();
  }
}

/**
 * Scans shards in worker threads that are ended with it: see {@link ShardRunner.run}.
 *
 * @throws as that does.
 */
export async function runShards(
  setup: WorkerSetup,
  shards: readonly number[],
  options: RunOptions,
): Promise<void> {
  const runner = await ShardRunner.open(setup, options.threads);
  try {
    await runner.run(shards, options);
  } finally {
    await runner.close();
  }
}

async function scanAll(
  run: ShardRun,
  shards: readonly number[],
  { threads, signal }: RunOptions,
  stop: AbortController,
): Promise<void> {
  const queue = [...shards];
  const lane = async (): Promise<void> => {
    for (let shard = queue.shift(); shard !== undefined; shard = queue.shift()) {
      signal?.throwIfAborted();
      if (stop.signal.aborted) return;
      await run.scan(shard);
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
  run.poll();
}

// From sources, in tests, the program is that of the build, and so are its imports: threads read no TypeScript.
function program(): { filename: string; execArgv?: string[] } {
  if (!import.meta.url.endsWith('.ts')) return { filename: new URL('./worker.js', import.meta.url).href };
  return { filename: new URL('../../dist/scan/worker.js', import.meta.url).href, execArgv: [] };
}
