import { DetectorError } from '../errors.ts';
import { type KeyedItems, sortedByKey } from './sorted-by-key.ts';

/** Bytes of one entry: fingerprint low, fingerprint high, value. */
const ENTRY_BYTES = 12;
const MIN_CAPACITY = 256;
const PLACE_WORDS = 4;
/** Beyond 32 the high word of a fingerprint is used up: 2^52 different entries at the default size. */
const MAX_LEVEL = 32;

/** How a {@link ThresholdSample} is bounded. */
export interface ThresholdSampleOptions {
  /** Most entries, integer in 1 … 2^24 (default 2^20). */
  readonly size?: number;
  /** Entries have at least so many leading zero bits, integer in 0 … 32 (default 0). */
  readonly level?: number;
  /** What two values of one fingerprint become; commutative and associative (default the smaller). */
  readonly combine?: (a: number, b: number) => number;
}

/**
 * A uniform sample of different things by their 64-bit fingerprints, in bounded memory: those whose fingerprint starts with
 * `level` zero bits. Whenever there are more than `size` of them, the level rises by one.
 *
 * The sample of a union is the union of the samples by the same rule: whatever the order, the cut into shards, and however
 * often something is added. Which things are kept depends on fingerprints alone.
 * Source: threshold (adaptive) sampling, Flajolet, "On adaptive sampling", Computing 43 (1990).
 */
export class ThresholdSample {
  readonly #limit: number;
  readonly #combine: (a: number, b: number) => number;
  #level: number;
  // Low, high and value of an entry side by side, and one place unused: a look at a large table costs one cache line.
  #table: Uint32Array = new Uint32Array(PLACE_WORDS * MIN_CAPACITY);
  #mask: number = MIN_CAPACITY - 1;
  #size = 0;

  /**
   * Starts empty.
   *
   * @throws {RangeError} if an option is out of range.
   */
  constructor({ size = 2 ** 20, level = 0, combine = Math.min }: ThresholdSampleOptions = {}) {
    if (!(Number.isInteger(size) && size >= 1 && size <= 2 ** 24)) {
      throw new RangeError(`"size" expected an integer in 1 … 16,777,216, got ${size}`);
    }
    if (!(Number.isInteger(level) && level >= 0 && level <= MAX_LEVEL)) {
      throw new RangeError(`"level" expected an integer in 0 … ${MAX_LEVEL}, got ${level}`);
    }
    this.#limit = size;
    this.#level = level;
    this.#combine = combine;
  }

  /** Number of entries. */
  get size(): number {
    return this.#size;
  }

  /** Leading zero bits of the fingerprints that are kept: a share of 2^-level of all. */
  get level(): number {
    return this.#level;
  }

  /**
   * Adds an entry. The fingerprint 0 is never kept: it marks empty places.
   *
   * @param low   low 32 bits of its fingerprint.
   * @param high  high 32 bits.
   * @param value its value, 0 … 2^32 − 1.
   * @returns whether it was new and is kept.
   */
  add(low: number, high: number, value: number): boolean {
    if (Math.clz32(high) < this.#level || (low === 0 && high === 0)) return false;
    if (!this.#place(low, high, value)) return false;
    this.#size++;
    if (this.#size > this.#limit) this.#raise(this.#level + 1);
    else if (4 * this.#size > 3 * this.#mask) this.#resize(2 * (this.#mask + 1));
    return Math.clz32(high) >= this.#level;
  }

  /** Keeps only what starts with `level` zero bits or more, and from now on nothing else. */
  raiseTo(level: number): void {
    if (level > this.#level) this.#raise(level);
  }

  /**
   * Adds all entries of another sample.
   *
   * @param onNew receives the value of each entry that was not there and is kept.
   */
  merge(other: ThresholdSample, onNew?: (value: number) => void): void {
    this.raiseTo(other.#level);
    other.#each((low, high, value) => {
      if (this.add(low, high, value)) onNew?.(value);
    });
  }

  /** Returns the value of a fingerprint, or undefined if it is not kept. */
  valueOf(low: number, high: number): number | undefined {
    if (low === 0 && high === 0) return undefined;
    const at = this.#find(low, high);
    return this.#table[at] === low && this.#table[at + 1] === high ? this.#table[at + 2] : undefined;
  }

  /** Lists the values, in no particular order: Uint32Array `[size]`. */
  values(): Uint32Array {
    const values = new Uint32Array(this.#size);
    let count = 0;
    this.#each((_low, _high, value) => {
      values[count++] = value;
    });
    return values;
  }

  /** Writes the entries in ascending order of their fingerprints, 12 bytes each, little endian: `[12 * size]`. */
  toBytes(): Uint8Array {
    const size = this.#size;
    const places = new Uint32Array(size);
    const highs = new Uint32Array(size);
    let count = 0;
    for (let at = 0; at < this.#table.length; at += PLACE_WORDS) {
      if (this.#table[at] === 0 && this.#table[at + 1] === 0) continue;
      places[count] = at;
      highs[count++] = this.#table[at + 1]!;
    }
    const sorted = sortedByKey({ keys: highs, items: places });
    this.#orderTies(sorted);
    const bytes = new Uint8Array(ENTRY_BYTES * size);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < size; i++) {
      const at = sorted.items[i]!;
      for (let word = 0; word < 3; word++) {
        view.setUint32(ENTRY_BYTES * i + 4 * word, this.#table[at + word]!, true);
      }
    }
    return bytes;
  }

  /**
   * Reads what {@link toBytes} wrote.
   *
   * @param bytes   `[12 * size]`. Not retained.
   * @param options those of the sample that was written, with its level.
   * @throws {DetectorError} `sample-unreadable` if it is something else: cut short, not in order, or of a lower level.
   */
  static fromBytes(bytes: Uint8Array, options: ThresholdSampleOptions): ThresholdSample {
    const sample = new ThresholdSample(options);
    const entries = bytes.length / ENTRY_BYTES;
    if (!Number.isInteger(entries) || entries > sample.#limit) throw unreadable('its length is wrong');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let capacity = MIN_CAPACITY;
    while (capacity < 2 * entries) capacity *= 2;
    sample.#resize(capacity);
    let before = -1;
    for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
      const low = view.getUint32(at, true);
      const high = view.getUint32(at + 4, true);
      // Equal leading 53 bits are rare, and then not told apart: the table is.
      const order = high * 2 ** 21 + (low >>> 11);
      if (order < before || !sample.add(low, high, view.getUint32(at + 8, true))) {
        throw unreadable('its entries are not those of a sample');
      }
      before = order;
    }
    return sample;
  }

  // Where an entry is in the table, or where it would be: never the entry of both words 0.
  #find(low: number, high: number): number {
    const table = this.#table;
    let place = (low ^ Math.imul(high, 0x9e3779b1)) & this.#mask;
    for (;;) {
      const at = PLACE_WORDS * place;
      const heldLow = table[at]!;
      const heldHigh = table[at + 1]!;
      if ((heldLow === low && heldHigh === high) || (heldLow === 0 && heldHigh === 0)) return at;
      place = (place + 1) & this.#mask;
    }
  }

  #place(low: number, high: number, value: number): boolean {
    const at = this.#find(low, high);
    const table = this.#table;
    if (table[at] === low && table[at + 1] === high) {
      table[at + 2] = this.#combine(table[at + 2]!, value);
      return false;
    }
    table[at] = low;
    table[at + 1] = high;
    table[at + 2] = value;
    return true;
  }

  // Puts places of one high word, of which there are few, in the order of their low words.
  #orderTies({ keys: highs, items: places }: KeyedItems): void {
    const table = this.#table;
    for (let i = 1; i < places.length; i++) {
      if (highs[i] !== highs[i - 1]) continue;
      const place = places[i]!;
      let to = i;
      while (to > 0 && highs[to - 1] === highs[i] && table[places[to - 1]!]! > table[place]!) {
        places[to] = places[to - 1]!;
        to--;
      }
      places[to] = place;
    }
  }

  #each(take: (low: number, high: number, value: number) => void): void {
    const table = this.#table;
    for (let at = 0; at < table.length; at += PLACE_WORDS) {
      if (table[at] !== 0 || table[at + 1] !== 0) take(table[at]!, table[at + 1]!, table[at + 2]!);
    }
  }

  #raise(level: number): void {
    if (level > MAX_LEVEL) throw new RangeError('"level" expected at most 32: the sample is too small');
    this.#level = level;
    this.#resize(this.#mask + 1);
    if (this.#size > this.#limit) this.#raise(level + 1);
  }

  #resize(capacity: number): void {
    const before = this.#table;
    this.#table = new Uint32Array(PLACE_WORDS * capacity);
    this.#mask = capacity - 1;
    this.#size = 0;
    for (let at = 0; at < before.length; at += PLACE_WORDS) {
      const low = before[at]!;
      const high = before[at + 1]!;
      if ((low === 0 && high === 0) || Math.clz32(high) < this.#level) continue;
      this.#place(low, high, before[at + 2]!);
      this.#size++;
    }
  }
}

function unreadable(why: string): DetectorError {
  return new DetectorError('sample-unreadable', `not a sample: ${why}`);
}
