/** The least finite 32-bit float: every logit that a token can be chosen with is at least this. */
export const LEAST_LOGIT: number = -(2 - 2 ** -23) * 2 ** 127;

const scratchBits = new Uint32Array(1);
const scratchValue = new Float32Array(scratchBits.buffer);

/**
 * Maps the bits of a 32-bit float to an integer that grows with the number.
 *
 * Both zeros map to the same integer, as they are the same logit.
 *
 * @param bits IEEE 754 binary32, not a NaN.
 * @returns an unsigned 32-bit integer.
 */
export function keyOfBits(bits: number): number {
  const sign = bits >>> 31;
  if (sign === 0) return (bits | 0x80000000) >>> 0;
  return bits >>> 0 === 0x80000000 ? 0x80000000 : ~bits >>> 0;
}

/**
 * Maps a 32-bit float to an integer that grows with it.
 *
 * @param value a number that a 32-bit float represents, not NaN.
 * @returns an unsigned 32-bit integer.
 */
export function keyOfValue(value: number): number {
  scratchValue[0] = value;
  return keyOfBits(scratchBits[0] ?? 0);
}

/**
 * Inverts {@link keyOfValue}.
 *
 * @param key an unsigned 32-bit integer.
 * @returns the 32-bit float with that key.
 */
export function valueOfKey(key: number): number {
  scratchBits[0] = key >= 0x80000000 ? key ^ 0x80000000 : ~key;
  return scratchValue[0] ?? 0;
}

const DIGITS = 2048;
const MASK = DIGITS - 1;

/**
 * Sorts (token id, logit) pairs by descending logit, keeping equal logits in the order given.
 *
 * Three counting passes of eleven bits over integer keys; the buffers are kept between calls.
 */
export class DescendingSorter {
  #keys = new Uint32Array(0);
  #spareKeys = new Uint32Array(0);
  #ids = new Uint32Array(0);
  #spareIds = new Uint32Array(0);
  readonly #starts: readonly Uint32Array[] = [
    new Uint32Array(DIGITS),
    new Uint32Array(DIGITS),
    new Uint32Array(DIGITS),
  ];

  /** Token ids in order; the first `count` of the last {@link sort} are valid, until the next. */
  get ids(): Uint32Array {
    return this.#spareIds;
  }

  /** Monotone keys in order (see {@link keyOfValue}), aligned with `ids`. */
  get keys(): Uint32Array {
    return this.#spareKeys;
  }

  /**
   * Makes room for a number of pairs.
   *
   * @param capacity the most pairs that a later {@link sort} may bring.
   */
  reserve(capacity: number): void {
    if (this.#keys.length >= capacity) return;
    this.#keys = new Uint32Array(capacity);
    this.#spareKeys = new Uint32Array(capacity);
    this.#ids = new Uint32Array(capacity);
    this.#spareIds = new Uint32Array(capacity);
  }

  /**
   * Sorts pairs into {@link ids} and {@link keys}.
   *
   * @param ids   Uint32Array `[>= count]`, token ids. Not changed.
   * @param bits  Uint32Array `[>= count]`, the bits of their logits. Not changed.
   * @param count how many pairs; at most the capacity reserved.
   */
  sort(ids: Uint32Array, bits: Uint32Array, count: number): void {
    const [low, middle, high] = this.#starts as [Uint32Array, Uint32Array, Uint32Array];
    low.fill(0);
    middle.fill(0);
    high.fill(0);
    const keys = this.#keys;
    for (let i = 0; i < count; i++) {
      const key = keyOfBits(bits[i]!);
      keys[i] = key;
      low[key & MASK]!++;
      middle[(key >>> 11) & MASK]!++;
      high[key >>> 22]!++;
    }
    for (const starts of this.#starts) {
      let at = 0;
      for (let digit = MASK; digit >= 0; digit--) {
        const size = starts[digit]!;
        starts[digit] = at;
        at += size;
      }
    }
    scatter(keys, ids, this.#spareKeys, this.#spareIds, count, low, 0);
    scatter(this.#spareKeys, this.#spareIds, keys, this.#ids, count, middle, 11);
    scatter(keys, this.#ids, this.#spareKeys, this.#spareIds, count, high, 22);
  }
}

function scatter(
  fromKeys: Uint32Array,
  fromIds: Uint32Array,
  toKeys: Uint32Array,
  toIds: Uint32Array,
  count: number,
  starts: Uint32Array,
  shift: number,
): void {
  for (let i = 0; i < count; i++) {
    const key = fromKeys[i]!;
    const at = starts[(key >>> shift) & MASK]!++;
    toKeys[at] = key;
    toIds[at] = fromIds[i]!;
  }
}

/**
 * Finds the key of a given rank without sorting.
 *
 * @param keys  Uint32Array `[>= count]`, monotone keys. Its order is changed.
 * @param count how many of them; at least 1.
 * @param rank  1 for the largest, at most `count`.
 * @returns the key with that rank in descending order.
 */
export function keyOfRank(keys: Uint32Array, count: number, rank: number): number {
  const sizes = new Uint32Array(DIGITS);
  for (const shift of [22, 11, 0]) {
    sizes.fill(0);
    for (let i = 0; i < count; i++) sizes[(keys[i]! >>> shift) & MASK]!++;
    let digit = MASK;
    while (sizes[digit]! < rank) rank -= sizes[digit--]!;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const key = keys[i]!;
      if (((key >>> shift) & MASK) === digit) keys[kept++] = key;
    }
    count = kept;
  }
  return keys[0]!;
}
