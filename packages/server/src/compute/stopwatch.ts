import { CLOCK_BYTES, monotonicMs, Watchdog } from '@countermark/corpus/clock';
import { PREPARE_MS } from './task.ts';

/** Measures a thread's time at each task of a batch, and aborts where one takes too long. */
export class Stopwatch {
  /** Where the thread says what it is at. */
  readonly clock: SharedArrayBuffer = new SharedArrayBuffer(CLOCK_BYTES);
  readonly #watchdog: Watchdog;
  readonly #abort = new AbortController();
  readonly #started = monotonicMs();
  readonly #limitMs: number;
  #timer: NodeJS.Timeout;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#watchdog = new Watchdog(this.clock, limitMs);
    this.#timer = setTimeout(() => this.#look(), limitMs);
  }

  /** Aborted when the time is up, or the thread given up. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Whether the time of a task was up: that of {@link task}. */
  get isLate(): boolean {
    return this.#watchdog.blamed !== undefined;
  }

  /** The task whose time was up, or that the thread was at when it ended; the first if it was at none. */
  get task(): number {
    return this.#watchdog.piece ?? 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Waits no longer for a thread that has not begun. */
  giveUp(): void {
    if (!this.#watchdog.hasBegun) this.#abort.abort();
  }

  #look(): void {
    const now = monotonicMs();
    let end: number | undefined;
    if (this.#watchdog.hasBegun) end = this.#watchdog.look(now);
    else if (now < this.#started + PREPARE_MS) end = now + this.#limitMs;
    else this.#watchdog.blameStart(0);
    if (this.isLate) {
      this.#abort.abort();
      return;
    }
    // While it prepares, or is between two tasks, measuring may begin at any time.
    const wait = Math.min(this.#limitMs, (end ?? now + this.#limitMs) - now);
    this.#timer = setTimeout(() => this.#look(), Math.max(1, Math.ceil(wait)));
  }
}
