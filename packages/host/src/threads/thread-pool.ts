import type { ErrorClasses } from './carried-error.ts';
import type { ThreadProgram } from './program.ts';
import { ProgramThread, ThreadDied } from './program-thread.ts';
import { type WatchedOptions, watchedCall } from './watched-call.ts';

/** How a pool works. */
export interface ThreadPoolOptions {
  /** Most threads at a time, integer ≥ 1. They start when they are needed. */
  readonly threads: number;
  /** How long a thread without work is kept, in milliseconds (default: until the pool is closed). */
  readonly idleMs?: number;
  /** Errors that keep their class on the way. */
  readonly classes?: ErrorClasses;
  /** Told what ended a thread that had no work or could not start, and what kept a thread from taking a call that another then took. */
  readonly onFault?: (error: unknown) => void;
}

/** So many threads may die before they take a call. */
const ATTEMPTS = 3;

interface Idle<Request extends object, Answer> {
  readonly thread: ProgramThread<Request, Answer>;
  readonly timer: NodeJS.Timeout | undefined;
}

/** Threads of one program, each of which answers one call at a time. A thread that dies, or takes too long, costs its own call only. */
export class ThreadPool<Request extends object, Answer> {
  readonly #program: ThreadProgram;
  readonly #setup: unknown;
  readonly #options: ThreadPoolOptions;
  /** Threads that have not ended and were not given up. */
  readonly #threads = new Set<ProgramThread<Request, Answer>>();
  /** Those without work; the last is taken first, so that others are idle long enough to end. */
  #idle: Idle<Request, Answer>[] = [];
  #waiting: (() => void)[] = [];
  #running = 0;
  #isClosed = false;

  /** @param setup what each thread is started with. */
  constructor(program: ThreadProgram, setup: unknown, options: ThreadPoolOptions) {
    this.#program = program;
    this.#setup = setup;
    this.#options = options;
  }

  /**
   * Asks one of the threads, as soon as one has no other work. A call that a thread did not take, because it died after the one before,
   * goes to another thread, unless buffers were moved with it.
   *
   * @throws as {@link watchedCall} does; {@link ThreadDied} if the pool is closed.
   */
  async run(request: Request, options: WatchedOptions = {}): Promise<Answer> {
    const { signal } = options;
    signal?.throwIfAborted();
    while (!this.#isClosed && this.#running >= this.#options.threads) {
      await this.#wait(signal);
      signal?.throwIfAborted();
    }
    if (this.#isClosed) throw new ThreadDied({ wasTaken: false });
    this.#running++;
    try {
      return await this.#ask(request, options);
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  async #ask(request: Request, options: WatchedOptions): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const thread = this.#take();
      try {
        return await watchedCall(thread, request, options);
      } catch (error) {
        const isUntaken = error instanceof ThreadDied && !error.wasTaken && thread.isReady;
        const isWhole = (options.transfer ?? []).length === 0;
        if (!isUntaken || !isWhole || this.#isClosed || attempt === ATTEMPTS) throw error;
        if (error.cause !== undefined) this.#options.onFault?.(error.cause);
      } finally {
        this.#giveBack(thread);
      }
    }
  }

  /** Ends all threads; what they are asked fails. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    for (const go of this.#waiting.splice(0)) go();
    await Promise.all([...this.#threads].map((thread) => thread.end()));
  }

  /** Waits until a thread may be free, or the signal says not to. */
  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((go) => go !== done);
        resolve();
      };
      const done = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      this.#waiting.push(done);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  #take(): ProgramThread<Request, Answer> {
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      clearTimeout(last.timer);
      if (!last.thread.isOver) return last.thread;
    }
    return this.#start();
  }

  #start(): ProgramThread<Request, Answer> {
    const { classes = {}, onFault } = this.#options;
    const thread = new ProgramThread<Request, Answer>(this.#program, this.#setup, classes);
    this.#threads.add(thread);
    void thread.ended.then(({ fault, wasAsked }) => {
      this.#threads.delete(thread);
      this.#idle = this.#idle.filter((one) => one.thread !== thread);
      // What ends a thread in the moment of its answer is told to no call, though the pool may not have taken the thread back yet.
      if (fault !== undefined && (!wasAsked || !thread.isReady)) onFault?.(fault);
    });
    return thread;
  }

  #giveBack(thread: ProgramThread<Request, Answer>): void {
    if (thread.isOver || this.#isClosed) return;
    const { idleMs } = this.#options;
    const timer = idleMs === undefined ? undefined : setTimeout(() => this.#endIdle(thread), idleMs);
    this.#idle.push({ thread, timer });
  }

  #endIdle(thread: ProgramThread<Request, Answer>): void {
    this.#idle = this.#idle.filter((one) => one.thread !== thread);
    void thread.end();
  }
}
