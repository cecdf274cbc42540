/** The registered accounts in memory that threads share, so that a trace needs no list. */
import type { AccountCounts, AccountStore } from './account-store.ts';

/** A list of accounts as threads take it: `bytes` and `ends` of `PackedAccounts`. */
export interface SharedAccounts {
  /** Ids in UTF-8, one after another, in memory that is shared. */
  readonly bytes: Uint8Array;
  /** Uint32Array `[accounts]`, where each ends. */
  readonly ends: Uint32Array;
  /** Accounts ever issued, removed ones included. */
  readonly issued: number;
}

/** Rows of one question to the database: opening so many takes some 10 ms of the event loop. */
const PAGE = 2000;
const IDLE_MS = 600_000;

interface Held {
  readonly counts: AccountCounts;
  /** Number of the last account. */
  readonly last: number;
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
  readonly used: number;
}

/** Reads the accounts of a store, and holds them while they are used. */
export class AccountRegister {
  readonly #store: AccountStore;
  readonly #idleMs: number;
  #held: Held | undefined;
  #reading: Promise<SharedAccounts> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param idleMs how long accounts are held after their last use. */
  constructor(store: AccountStore, idleMs: number = IDLE_MS) {
    this.#store = store;
    this.#idleMs = idleMs;
  }

  /**
   * Returns all accounts that are registered now, on whichever server. What was returned earlier stays as it was.
   *
   * @throws {SealError} if one does not open.
   */
  async current(): Promise<SharedAccounts> {
    // One that began before this call may have missed what was registered since.
    await this.#reading?.catch(() => undefined);
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** Lets go of what is held. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#held = undefined;
  }

  async #read(): Promise<SharedAccounts> {
    const counts = await this.#store.counts();
    const before = this.#held;
    // What was removed is gone from the middle.
    const isKept = before !== undefined && before.counts.removals === counts.removals;
    let { last, length, bytes, ends, used } = isKept ? before : empty();
    while (last < counts.issued) {
      const page = await this.#store.list(last, PAGE);
      const within = page.filter(({ number }) => number <= counts.issued);
      bytes = withRoom(bytes, used + within.reduce((sum, { id }) => sum + id.length, 0));
      ends = grownEnds(ends, length + within.length);
      for (const { id } of within) {
        bytes.set(id, used);
        used += id.length;
        ends[length++] = used;
        id.fill(0);
      }
      if (page.length < PAGE || within.length < page.length) break;
      last = page.at(-1)?.number ?? counts.issued;
    }
    this.#held = { counts, last: counts.issued, length, bytes, ends, used };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.forget(), this.#idleMs);
    this.#timer.unref();
    return { bytes: bytes.subarray(0, used), ends: ends.subarray(0, length), issued: counts.issued };
  }
}

function empty(): Omit<Held, 'counts'> {
  return {
    last: 0,
    length: 0,
    used: 0,
    bytes: sharedBytes(0),
    ends: new Uint32Array(new SharedArrayBuffer(0)),
  };
}

function sharedBytes(size: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(size));
}

// Twice the room each time: threads go on with the memory that they were given.
function withRoom(bytes: Uint8Array, needed: number): Uint8Array {
  if (needed <= bytes.length) return bytes;
  const larger = sharedBytes(Math.max(needed, 2 * bytes.length));
  larger.set(bytes);
  return larger;
}

function grownEnds(ends: Uint32Array, needed: number): Uint32Array {
  if (needed <= ends.length) return ends;
  const larger = new Uint32Array(new SharedArrayBuffer(4 * Math.max(needed, 2 * ends.length)));
  larger.set(ends);
  return larger;
}
