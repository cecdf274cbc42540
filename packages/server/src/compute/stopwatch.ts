import { CLOCK, monotonicMs } from './task.ts';

/** A thread may take so long to start, and to read tokenizers. */
const PREPARE_MS = 60_000;

/** Measures a thread's time at each task of a batch, and aborts where one takes too long. */
export class Stopwatch {
  /** Where the thread says what it is at. */
  readonly clock: SharedArrayBuffer = new SharedArrayBuffer(8 * CLOCK.length);
  readonly #numbers = new Float64Array(this.clock);
  readonly #abort = new AbortController();
  readonly #started = monotonicMs();
  readonly #limitMs: number;
  #timer: NodeJS.Timeout;
  /** Whether the time was up. */
  isLate = false;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#timer = setTimeout(() => this.#look(), limitMs);
  }

  /** Aborted when the time is up, or the thread given up. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The task that the thread was at last. */
  get task(): number {
    return this.#numbers[CLOCK.task] ?? 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Waits no longer for a thread that has not begun. */
  giveUp(): void {
    if (this.#numbers[CLOCK.since] === 0) this.#abort.abort();
  }

  #look(): void {
    const since = this.#numbers[CLOCK.since] ?? 0;
    const now = monotonicMs();
    const end = since === 0 ? this.#started + PREPARE_MS : since + this.#limitMs;
    if (now < end) {
      // While it prepares, measuring may begin at any time.
      this.#timer = setTimeout(() => this.#look(), since === 0 ? this.#limitMs : end - now);
      return;
    }
    this.isLate = true;
    this.#abort.abort();
  }
}
