/**
 * A clock that a thread and whoever watches it share, in memory of both.
 *
 * Both change whose turn it is by exchanging what they have seen: either the thread ends a piece of work, or the watcher blames it.
 * Whoever is second learns it, so that a piece that ends just at its limit is done or timed out, and never both.
 */

/** Bytes of a clock. */
export const CLOCK_BYTES = 32;

/** Values of the turn; positive ones number the pieces that were begun. */
const NOT_BEGUN = 0;
const BLAMED = -1;
const BETWEEN = -2;

/** Where the numbers of a clock are, in elements of an Int32Array and a Float64Array over it. */
const TURN = 0;
const PIECE = 1;
const SINCE = 2;
const LIMIT = 3;

/** Thrown in a thread whose piece of work is given up: it ends here, as the watcher ends it. */
export class TimeIsUp extends Error {
  override readonly name = 'TimeIsUp';
}

/** Milliseconds of a clock that all threads share and nobody sets. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The thread's side. */
export class WorkClock {
  readonly #turn: Int32Array;
  readonly #numbers: Float64Array;
  readonly #now: () => number;
  #mine = NOT_BEGUN;
  #begun = 0;

  /**
   * @param memory `[CLOCK_BYTES]`, zero before it is first used.
   * @param now    the watcher's clock, in milliseconds.
   */
  constructor(memory: SharedArrayBuffer, now: () => number = monotonicMs) {
    this.#turn = new Int32Array(memory);
    this.#numbers = new Float64Array(memory);
    this.#now = now;
  }

  /**
   * Begins a piece of work, which ends the one before.
   *
   * @param limitMs how long it may take, if that is not what the watcher says.
   * @throws {TimeIsUp} if that was given up.
   */
  begin(piece: number, limitMs = 0): void {
    this.end();
    this.#numbers[PIECE] = piece;
    this.#numbers[SINCE] = this.#now();
    this.#numbers[LIMIT] = limitMs;
    this.#begun = (this.#begun % (2 ** 31 - 1)) + 1;
    this.#set(this.#begun);
  }

  /**
   * Ends the piece of work, if there is one.
   *
   * @throws {TimeIsUp} if it was given up.
   */
  end(): void {
    this.#set(BETWEEN);
  }

  #set(turn: number): void {
    if (Atomics.compareExchange(this.#turn, TURN, this.#mine, turn) !== this.#mine) throw new TimeIsUp();
    this.#mine = turn;
  }
}

/** The watcher's side. */
export class Watchdog {
  readonly #turn: Int32Array;
  readonly #numbers: Float64Array;
  readonly #limitMs: number;
  #blamed: number | undefined;

  /**
   * @param memory  `[CLOCK_BYTES]`, zero before the thread begins.
   * @param limitMs how long a piece of work may take, in milliseconds, where the thread says nothing else.
   */
  constructor(memory: SharedArrayBuffer, limitMs: number) {
    this.#turn = new Int32Array(memory);
    this.#numbers = new Float64Array(memory);
    this.#limitMs = limitMs;
  }

  /** The piece that was given up; the thread will not end it. */
  get blamed(): number | undefined {
    return this.#blamed;
  }

  /** Whether the thread has begun anything. */
  get hasBegun(): boolean {
    return Atomics.load(this.#turn, TURN) !== NOT_BEGUN;
  }

  /** The piece that the thread is at, or was when it died; undefined between two. */
  get piece(): number | undefined {
    if (this.#blamed !== undefined) return this.#blamed;
    return Atomics.load(this.#turn, TURN) > 0 ? this.#numbers[PIECE] : undefined;
  }

  /**
   * Blames the piece that the thread is at, if its time is up.
   *
   * @param now as the thread's clock gives it.
   * @returns when to look again at the latest for an end that is on time; undefined if nothing runs out: see {@link blamed}.
   */
  look(now: number): number | undefined {
    const turn = Atomics.load(this.#turn, TURN);
    if (turn <= 0) return undefined;
    const piece = this.#numbers[PIECE];
    const end = (this.#numbers[SINCE] ?? 0) + (this.#numbers[LIMIT] || this.#limitMs);
    if (now <= end) return end;
    // The numbers are those of this turn: the thread writes them between two.
    if (Atomics.compareExchange(this.#turn, TURN, turn, BLAMED) === turn) this.#blamed = piece;
    return undefined;
  }

  /** Gives up a thread that has not begun anything, for a piece that it was to begin with; returns whether it had not. */
  blameStart(piece: number): boolean {
    const isFirst = Atomics.compareExchange(this.#turn, TURN, NOT_BEGUN, BLAMED) === NOT_BEGUN;
    if (isFirst) this.#blamed = piece;
    return isFirst;
  }
}
