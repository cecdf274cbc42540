import { Worker } from 'node:worker_threads';
import { type ErrorClasses, reviveError } from './carried-error.ts';
import type { CloseMessage, RequestEnvelope, ThreadMessage } from './messages.ts';
import type { ThreadProgram } from './program.ts';

/** A thread ended, by itself or because it was ended, before it had answered. */
export class ThreadDied extends Error {
  override readonly name = 'ThreadDied';
  /** Code of what ended it, such as `ERR_WORKER_OUT_OF_MEMORY`; undefined if it had none. */
  readonly code: string | undefined;
  /** Whether it had begun with the call; only of a call with a clock. */
  readonly wasTaken: boolean;
  /** The piece of work that it was at; undefined if at none; only of a call with a clock. */
  readonly piece: number | undefined;

  constructor({
    cause,
    wasTaken = true,
    piece,
  }: {
    readonly cause?: unknown;
    readonly wasTaken?: boolean;
    readonly piece?: number | undefined;
  } = {}) {
    super('a thread ended before it had answered', { cause });
    this.code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
    this.wasTaken = wasTaken;
    this.piece = piece;
  }
}

/** What a call may have beside its request. */
export interface CallOptions {
  /** Memory of a `WorkClock`, in which the program says what it is at. */
  readonly clock?: SharedArrayBuffer;
  /** Buffers that are moved to the thread. */
  readonly transfer?: readonly ArrayBuffer[];
}

/** How a thread ended. */
export interface ThreadEnd {
  /** The error that it ended by, if by one. */
  readonly fault: unknown;
  /** Whether a call that had no answer was told of it. */
  readonly wasAsked: boolean;
}

interface Call<Answer> {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/**
 * A program in a thread of its own; its other side is `serveThread`. The thread starts at once, and requests wait until it is ready.
 *
 * What it has answered before it ended is answered, however soon it ended after that.
 */
export class ProgramThread<Request extends object, Answer, Ready = unknown> {
  /** What the program says of itself once it is ready. Rejected with the error that it could not start for, or {@link ThreadDied}. */
  readonly ready: Promise<Ready>;
  /** Resolved once the thread has ended. */
  readonly ended: Promise<ThreadEnd>;
  readonly #worker: Worker;
  readonly #classes: ErrorClasses;
  readonly #calls = new Map<number, Call<Answer>>();
  #numbers = 0;
  #isReady = false;
  #isOver = false;
  /** What ended it. */
  #fault: unknown;

  /**
   * @param setup   what `open` of the program is given, cloned.
   * @param classes of errors that keep their class on the way.
   */
  constructor(program: ThreadProgram, setup: unknown, classes: ErrorClasses = {}) {
    const { file, execArgv, env, isBackground = false } = program;
    this.#classes = classes;
    this.#worker = new Worker(file, {
      workerData: setup,
      ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
      ...(env === undefined ? {} : { env: { ...env } }),
    });
    if (isBackground) this.#worker.unref();
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on('message', (message: ThreadMessage) => {
        if ('unready' in message) {
          this.#fault = reviveError(message.unready, classes);
          void this.end();
        } else if ('ready' in message) {
          this.#isReady = true;
          resolve(message.ready as Ready);
        } else this.#settle(message);
      });
      this.#worker.once('exit', () => reject(this.#failure()));
    });
    this.ready.catch(() => undefined);
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#isOver = true;
        const wasAsked = this.#calls.size > 0;
        for (const { reject } of this.#calls.values()) reject(this.#failure());
        this.#calls.clear();
        resolve({ fault: this.#fault, wasAsked });
      });
    });
    // Its last answers may still be on the way, and are there before the exit is told.
    this.#worker.on('error', (error: unknown) => {
      this.#isOver = true;
      this.#fault ??= error;
    });
  }

  /** Whether its program is or was ready. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Whether it has ended or is about to: it takes no more calls. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Asks the program.
   *
   * @throws what the program throws, with its class and code; what it could not start for; {@link ThreadDied}.
   */
  call(request: Request, { clock, transfer = [] }: CallOptions = {}): Promise<Answer> {
    if (this.#isOver) return Promise.reject(this.#failure());
    const call = ++this.#numbers;
    return new Promise((resolve, reject) => {
      this.#calls.set(call, { resolve, reject });
      this.#post({ ...request, call, ...(clock === undefined ? {} : { clock }) }, transfer);
    });
  }

  /** Asks the program for what has no answer. */
  tell(request: Request): void {
    if (!this.#isOver) this.#post(request);
  }

  /** Asks the program to let go of what it holds, and waits for the thread's end. */
  async close(): Promise<void> {
    if (!this.#isOver) this.#post({ closes: true });
    await this.ended;
  }

  /** Ends the thread wherever it is. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#worker.terminate();
  }

  #post(message: (Request & RequestEnvelope) | CloseMessage, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, [...transfer]);
  }

  #settle(message: Exclude<ThreadMessage, { ready: unknown } | { unready: unknown }>): void {
    const call = this.#calls.get(message.call);
    this.#calls.delete(message.call);
    if ('answer' in message) call?.resolve(message.answer as Answer);
    else call?.reject(reviveError(message.error, this.#classes));
  }

  // What a thread could not start for is an error of its own.
  #failure(): unknown {
    if (!this.#isReady && this.#fault !== undefined) return this.#fault;
    return new ThreadDied({ cause: this.#fault });
  }
}
