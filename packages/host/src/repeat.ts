import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const ATTEMPTS = 6;
const FIRST_WAIT_MS = 200;
/** The longest time that is waited because a server asks for it: who wants more is left alone. */
const MOST_WAIT_MS = 300_000;

/** Why work may be tried again. */
export interface Passing {
  /** How long the other side asks to be left alone, in milliseconds. */
  readonly afterMs?: number;
}

/** How work is repeated. */
export interface RepeatOptions {
  /** Says of a failure whether it may pass; undefined if it is final (default {@link passingOf}). */
  readonly isPassing?: (error: unknown) => Passing | undefined;
  /** Ends the waiting with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** How often work is tried before its failure counts (default 6). */
  readonly attempts?: number;
  /** What is waited before the second attempt, in milliseconds (default 200); twice as long before each further one, less a random share of up to a half. */
  readonly firstWaitMs?: number;
}

/**
 * Does work that may fail for reasons that pass, up to six times unless told otherwise, and waits before each but the first.
 *
 * @throws what the last attempt failed with, or the first that will not pass.
 */
export async function repeat<T>(work: () => Promise<T>, options: RepeatOptions = {}): Promise<T> {
  const patience = new Patience(options);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      await patience.wait(error);
    }
  }
}

/** Counts attempts, and waits between them. */
export class Patience {
  readonly #isPassing: (error: unknown) => Passing | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #attempts: number;
  readonly #firstWaitMs: number;
  #failed = 0;

  constructor({
    isPassing = passingOf,
    signal,
    attempts = ATTEMPTS,
    firstWaitMs = FIRST_WAIT_MS,
  }: RepeatOptions) {
    this.#isPassing = isPassing;
    this.#signal = signal;
    this.#attempts = attempts;
    this.#firstWaitMs = firstWaitMs;
  }

  /**
   * Waits before the next attempt.
   *
   * @throws the failure, if it is final or the attempts are used up; the signal's reason.
   */
  async wait(error: unknown): Promise<void> {
    this.#signal?.throwIfAborted();
    const passing = this.#isPassing(error);
    if (passing === undefined || ++this.#failed >= this.#attempts) throw error;
    const { afterMs = 0 } = passing;
    if (afterMs > MOST_WAIT_MS) throw error;
    // Spread, so that tasks that failed together do not come back together.
    const backoff = (this.#firstWaitMs * 2 ** (this.#failed - 1) * randomInt(500, 1001)) / 1000;
    try {
      await sleep(Math.max(backoff, afterMs), undefined, this.#signal && { signal: this.#signal });
    } catch (interruption) {
      this.#signal?.throwIfAborted();
      throw interruption;
    }
  }

  /** Begins to count anew: there was progress since the last failure. */
  renew(): void {
    this.#failed = 0;
  }
}

/** Faults of a machine or of the way to another, which may be gone in a moment: too many open files, a medium or a line that fails. */
const PASSING_CODES: ReadonlySet<string> = new Set([
  'EAGAIN',
  'EBUSY',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'EIO',
  'EMFILE',
  'ENETDOWN',
  'ENETRESET',
  'ENETUNREACH',
  'ENFILE',
  'ENOBUFS',
  'EPIPE',
  'ESTALE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
]);

/**
 * Says whether a failure may pass by itself, by its own word (a member `passing`, which is final where it is undefined) or by a code of
 * the system; undefined if it is final.
 */
export function passingOf(error: unknown): Passing | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('passing' in error) return error.passing as Passing | undefined;
  if ('code' in error && PASSING_CODES.has(String(error.code))) return {};
  // What `fetch` throws names its reason only so; of several addresses, each has failed.
  if (error instanceof AggregateError) return error.errors.map(passingOf).find((one) => one !== undefined);
  return passingOf(error.cause);
}

/** Reads how long an answer asks to be left alone: seconds or a date; RFC 9110, section 10.2.3. */
export function retryAfterMs(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return 1000 * Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** Statuses of HTTP that say that the same request may succeed later. */
export function isPassingStatus(status: number): boolean {
  const isUnable = status === 501 || status === 505;
  return (status >= 500 && !isUnable) || [408, 425, 429].includes(status);
}
