import { programBeside, ThreadDied, ThreadPool, TimedOut } from '@countermark/host';
import type { WatermarkKey } from '@countermark/watermark';
import type { ChosenAccounts } from '../accounts/chosen-accounts.ts';
import { Problem, serverIsStopping } from '../http/problem.ts';
import { traced } from '../http/tracing.ts';
import type { TokenizerList } from '../tokenizer-list.ts';
import {
  type AnswerTo,
  type Batch,
  type Outcome,
  type PostedKey,
  PREPARE_MS,
  type Task,
  type WorkerSetup,
} from './task.ts';

/** How a pool works. */
export interface ComputePoolOptions {
  /** Worker threads, integer ≥ 1. */
  readonly threads: number;
  /** Tasks that may wait for one. */
  readonly maxQueue: number;
  /** A task may take so long. */
  readonly timeLimitMs: number;
  readonly tokenizers: TokenizerList;
  /** Opens a key that a thread lacks; undefined if there is none. */
  readonly openKey: (keyId: string) => Promise<WatermarkKey | undefined>;
  /** Told what ended a thread that had no task. */
  readonly onFault: (error: unknown) => void;
  /** Told how many tasks wait. */
  readonly onWaiting: (tasks: number) => void;
}

/** A task that somebody waits for. */
interface Job {
  readonly task: Task;
  readonly size: number;
  readonly resolve: (answer: never) => void;
  readonly reject: (reason: unknown) => void;
  /** Threads that died before they had begun with it. */
  deaths: number;
}

/** Tasks of one message to a thread. */
const MAX_BATCH = 16;
/** Characters or tokens in a message of several tasks. */
const MAX_BATCH_SIZE = 100_000;
const THREAD_IDLE_MS = 60_000;
/** So many threads may die before they begin with a task. */
const MOST_DEATHS = 3;

/**
 * Worker threads that tokenize and score, so that the event loop never does.
 *
 * Each thread has one message of tasks at a time; while all are busy, tasks wait here, and small ones go together.
 */
export class ComputePool {
  readonly #options: ComputePoolOptions;
  readonly #pool: ThreadPool<Batch, Outcome[]>;
  #waiting: Job[] = [];
  #lanes = 0;
  #waking = false;
  #closed = false;

  constructor(options: ComputePoolOptions) {
    this.#options = options;
    const { threads, tokenizers } = options;
    const setup: WorkerSetup = {
      tokenizerNames: tokenizers.names,
      tokenizerLocations: tokenizers.locations,
    };
    // The process's flags and variables, some of which are secrets, are not for threads.
    const program = { ...programBeside(import.meta.url, './worker.js'), execArgv: [], env: {} };
    this.#pool = new ThreadPool(program, setup, {
      threads,
      idleMs: THREAD_IDLE_MS,
      onFault: options.onFault,
    });
  }

  /**
   * Does a task in a thread.
   *
   * @param signal takes a task that still waits out of the queue.
   * @throws {Problem} `overloaded` if too many wait, `time-limit` if it takes too long, `cancelled` by the signal,
   *   `unprocessable` if the server lacks a tokenizer.
   */
  run<T extends Task>(task: T, signal: AbortSignal): Promise<AnswerTo<T>> {
    if (this.#closed) throw serverIsStopping();
    if (signal.aborted) throw new Problem('cancelled', 'the client went away');
    const free = this.#options.threads - this.#lanes;
    if (this.#waiting.length >= this.#options.maxQueue + free) {
      throw new Problem('overloaded', 'too many detections wait for a thread', {
        limit: { name: 'COUNTERMARK_MAX_QUEUE', value: this.#options.maxQueue },
        retryAfter: 1,
      });
    }
    return traced('countermark.task', { 'countermark.task': task.kind }, () => this.#enqueue(task, signal));
  }

  #enqueue<T extends Task>(task: T, signal: AbortSignal): Promise<AnswerTo<T>> {
    return new Promise<AnswerTo<T>>((resolve, reject) => {
      const job: Job = { task, size: sizeOf(task), resolve, reject, deaths: 0 };
      this.#waiting.push(job);
      signal.addEventListener('abort', () => this.#leave(job), { once: true });
      this.#options.onWaiting(this.#waiting.length);
      this.#wake();
    });
  }

  /** Ends the threads. Tasks that were not done fail. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#waiting.splice(0)) {
      reject(serverIsStopping());
    }
    await this.#pool.close();
  }

  #leave(job: Job): void {
    const at = this.#waiting.indexOf(job);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    this.#options.onWaiting(this.#waiting.length);
    job.reject(new Problem('cancelled', 'the client went away'));
  }

  // Only when all requests that have come in are read, so that they go in one message.
  #wake(): void {
    if (this.#waking || this.#lanes >= this.#options.threads) return;
    this.#waking = true;
    setImmediate(() => {
      this.#waking = false;
      const idle = Math.min(this.#options.threads - this.#lanes, this.#waiting.length);
      for (let lane = 0; lane < idle; lane++) void this.#lane();
    });
  }

  // Feeds one thread for as long as tasks wait.
  async #lane(): Promise<void> {
    this.#lanes++;
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) await this.#work(batch);
    this.#lanes--;
  }

  #take(): Job[] {
    const most = Math.min(MAX_BATCH, Math.ceil(this.#waiting.length / this.#options.threads));
    let count = 0;
    for (let size = 0; count < most; count++) {
      size += this.#waiting[count]?.size ?? 0;
      if (count > 0 && size > MAX_BATCH_SIZE) break;
    }
    const batch = this.#waiting.splice(0, count);
    this.#options.onWaiting(this.#waiting.length);
    return batch;
  }

  // Settles every job, or puts it back in the queue. Keys go to a thread only once it says that it lacks them.
  async #work(batch: readonly Job[]): Promise<void> {
    const lacking = await this.#post(batch, []);
    if (lacking.length === 0) return;
    const keys: PostedKey[] = [];
    const faults = new Map<string, unknown>();
    const missing = new Set(lacking.flatMap((each) => each.missing));
    const opened = await Promise.allSettled([...missing].map((keyId) => this.#openKey(keyId)));
    for (const [i, keyId] of [...missing].entries()) {
      const outcome = opened[i];
      if (outcome?.status === 'fulfilled') keys.push(outcome.value);
      else faults.set(keyId, outcome?.reason);
    }
    // A key that is gone is gone for those who ask for it; the others of the batch have theirs.
    const able: Job[] = [];
    for (const { job, missing: lacked } of lacking) {
      const lost = lacked.find((keyId) => faults.has(keyId));
      if (lost === undefined) able.push(job);
      else job.reject(faults.get(lost));
    }
    if (able.length === 0) {
      for (const { secret } of keys) secret.fill(0);
      return;
    }
    const still = await this.#post(able, keys);
    for (const { job } of still) job.reject(new Error('a thread lacks a key that it was given'));
  }

  async #openKey(keyId: string): Promise<PostedKey> {
    const key = await this.#options.openKey(keyId);
    if (key === undefined) {
      throw new Problem('not-found', `there is no key ${keyId} any more`, { param: 'keyIds' });
    }
    // A buffer of its own, which is moved to the thread.
    return { params: key.params, secret: ownBuffer(key.exportSecret()) };
  }

  // Returns the jobs whose keys the thread has not.
  async #post(
    jobs: readonly Job[],
    keys: readonly PostedKey[],
  ): Promise<{ readonly job: Job; readonly missing: readonly string[] }[]> {
    const batch: Batch = { tasks: jobs.map(({ task }) => task), keys };
    let outcomes: readonly Outcome[];
    try {
      outcomes = await this.#pool.run(batch, {
        limitMs: this.#options.timeLimitMs,
        startMs: PREPARE_MS,
        transfer: keys.map(({ secret }) => secret.buffer),
      });
    } catch (error) {
      this.#blame(jobs, error);
      return [];
    }
    return jobs.flatMap((job, i) => {
      const outcome = outcomes[i];
      if (outcome !== undefined && 'missing' in outcome) return [{ job, missing: outcome.missing }];
      settle(job, outcome);
      return [];
    });
  }

  // A thread that ended took the answers to all its tasks along; just one of them is to blame, unless it had not begun with any.
  #blame(jobs: readonly Job[], error: unknown): void {
    const reason = error instanceof TimedOut ? this.#tooLong() : withoutMessage(error);
    let guilty: readonly Job[];
    if (error instanceof ThreadDied && !error.wasTaken) {
      guilty = jobs.filter((job) => ++job.deaths >= MOST_DEATHS);
    } else {
      const known = error instanceof ThreadDied || error instanceof TimedOut ? error.piece : undefined;
      guilty = jobs.slice(known ?? 0).slice(0, 1);
    }
    for (const { reject } of guilty) reject(reason);
    const others = jobs.filter((job) => !guilty.includes(job));
    if (this.#closed) for (const { reject } of others) reject(reason);
    else this.#waiting.unshift(...others);
  }

  #tooLong(): Problem {
    const { timeLimitMs } = this.#options;
    return new Problem('time-limit', `the work took longer than ${timeLimitMs} ms`, {
      limit: { name: 'COUNTERMARK_TIME_LIMIT_MS', value: timeLimitMs },
    });
  }
}

function settle({ resolve, reject }: Job, outcome: Outcome | undefined): void {
  if (outcome === undefined) reject(new Error('a thread left a task out'));
  else if ('answer' in outcome) resolve(outcome.answer as never);
  else if ('noTokenizer' in outcome) {
    reject(
      new Problem(
        'unprocessable',
        `the server has not the tokenizer ${outcome.noTokenizer} of that fingerprint`,
      ),
    );
  } else if ('failed' in outcome) {
    reject(Object.assign(new Error('a task failed'), outcome.failed));
  } else reject(new Error('a thread lacks a key'));
}

// What the pool or the system says of a thread's end may hold data.
function withoutMessage(error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return Object.assign(new Error('a worker thread ended'), { code });
}

// Wipes what it copies.
function ownBuffer(secret: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(secret);
  secret.fill(0);
  return copy;
}

function sizeOf(task: Task): number {
  const size = 'text' in task ? task.text.length : task.document.length;
  if (task.kind !== 'detect') return size;
  return size + lengthOf(task.accounts) + lengthOf(task.accountSlots);
}

function lengthOf(accounts: ChosenAccounts | undefined): number {
  if (accounts === undefined) return 0;
  return 'ends' in accounts.ids ? accounts.ids.ends.length : accounts.ids.length;
}
