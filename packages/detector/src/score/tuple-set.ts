const MIN_CAPACITY = 64;
// 512 kB: what an idle detector may hold on to. Longer documents grow the set and give it back.
const KEPT_CAPACITY = 65_536;

/**
 * A set of (context, token) tuples, each named by its context's 64-bit keyed salt and its token id.
 *
 * Open addressing over two words a tuple. Two tuples of one context never collide; two contexts do with
 * probability 2^-64 a pair, and then one tuple too few is scored.
 */
export class TupleSet {
  #low: Uint32Array;
  #high: Uint32Array;
  #mask = 0;
  #size = 0;
  // Both words 0 mark an empty place, so that tuple is kept apart.
  #hasZero = false;

  /** Starts empty. */
  constructor() {
    this.#low = new Uint32Array(MIN_CAPACITY);
    this.#high = new Uint32Array(MIN_CAPACITY);
    this.#mask = MIN_CAPACITY - 1;
  }

  /** Number of tuples. */
  get size(): number {
    return this.#size;
  }

  /**
   * Empties the set and makes room; the cost follows `expected`, not what the set held before.
   *
   * @param expected about how many tuples will be added. More are allowed.
   */
  reset(expected: number): void {
    let capacity = MIN_CAPACITY;
    while (capacity < expected) capacity *= 2;
    if (this.#low.length < capacity || this.#low.length > KEPT_CAPACITY) {
      this.#low = new Uint32Array(capacity);
      this.#high = new Uint32Array(capacity);
    } else {
      this.#low.fill(0, 0, capacity);
      this.#high.fill(0, 0, capacity);
    }
    this.#mask = capacity - 1;
    this.#size = 0;
    this.#hasZero = false;
  }

  /**
   * Adds a tuple.
   *
   * @param saltLow  word 2 of the context's header.
   * @param saltHigh word 3 of the context's header.
   * @param tokenId  the token.
   * @returns whether the tuple was new.
   */
  add(saltLow: number, saltHigh: number, tokenId: number): boolean {
    const low = saltLow >>> 0;
    const high = (saltHigh ^ tokenId) >>> 0;
    if (low === 0 && high === 0) {
      const isNew = !this.#hasZero;
      this.#hasZero = true;
      if (isNew) this.#size++;
      return isNew;
    }
    if (!this.#place(low, high)) return false;
    this.#size++;
    if (4 * this.#size > 3 * this.#mask) this.#grow();
    return true;
  }

  // The salt's low word is uniform, but all tokens of one context share it: the high word spreads them.
  #place(low: number, high: number): boolean {
    const lows = this.#low;
    const highs = this.#high;
    let at = (low ^ Math.imul(high, 0x9e3779b1)) & this.#mask;
    for (;;) {
      const heldLow = lows[at]!;
      const heldHigh = highs[at]!;
      if (heldLow === low && heldHigh === high) return false;
      if (heldLow === 0 && heldHigh === 0) break;
      at = (at + 1) & this.#mask;
    }
    lows[at] = low;
    highs[at] = high;
    return true;
  }

  #grow(): void {
    const length = this.#mask + 1;
    const lows = this.#low.subarray(0, length);
    const highs = this.#high.subarray(0, length);
    this.#low = new Uint32Array(2 * length);
    this.#high = new Uint32Array(2 * length);
    this.#mask = 2 * length - 1;
    for (let i = 0; i < length; i++) if (lows[i] !== 0 || highs[i] !== 0) this.#place(lows[i]!, highs[i]!);
  }
}
