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
  scratchBits[0] = bitsOfKey(key);
  return scratchValue[0] ?? 0;
}

/** Inverts {@link keyOfBits}. */
function bitsOfKey(key: number): number {
  return (key >= 0x80000000 ? key ^ 0x80000000 : ~key) >>> 0;
}

const MOST_DIGIT_BITS = 12;

/**
 * Sorts (token id, logit) pairs by descending logit, keeping equal logits in the order given.
 *
 * A radix sort of integer keys that passes only over the bits in which they differ, twelve at most at a time; the
 * buffers are kept between calls.
 */
export class DescendingSorter {
  #keys: readonly [Uint32Array, Uint32Array] = [new Uint32Array(0), new Uint32Array(0)];
  #ids: readonly [Uint32Array, Uint32Array] = [new Uint32Array(0), new Uint32Array(0)];
  readonly #starts = new Uint32Array(1 << MOST_DIGIT_BITS);

  /**
   * Makes room for a number of pairs.
   *
   * @param capacity the most pairs that a later {@link sort} may bring.
   */
  reserve(capacity: number): void {
    if (this.#keys[0].length >= capacity) return;
    this.#keys = [new Uint32Array(capacity), new Uint32Array(capacity)];
    this.#ids = [new Uint32Array(capacity), new Uint32Array(capacity)];
  }

  /**
   * Sorts pairs in place; a logit of -0 comes back as 0.
   *
   * @param ids   Uint32Array `[>= count]`, token ids. Overwritten.
   * @param bits  Uint32Array `[>= count]`, the bits of their logits. Overwritten.
   * @param count how many pairs; at most the capacity reserved.
   */
  sort(ids: Uint32Array, bits: Uint32Array, count: number): void {
    let [keys, spareKeys] = this.#keys;
    let [sorted, spareIds] = this.#ids;
    let least = 0xffffffff;
    let all = 0xffffffff;
    let some = 0;
    for (let i = 0; i < count; i++) {
      const key = keyOfBits(bits[i]!);
      keys[i] = key;
      sorted[i] = ids[i]!;
      if (key < least) least = key;
      all &= key;
      some |= key;
    }
    // Subtracting the least leaves fewer bits than differ; zeros below the lowest differing bit stay equal.
    let greatest = 0;
    for (let i = 0; i < count; i++) {
      keys[i]! -= least;
      if (keys[i]! > greatest) greatest = keys[i]!;
    }
    const differing = (all ^ some) >>> 0;
    const lowest = differing === 0 ? 32 : 31 - Math.clz32(differing & -differing);
    const width = 32 - Math.clz32(greatest) - lowest;
    const passes = Math.ceil(width / MOST_DIGIT_BITS);
    const digitBits = Math.ceil(width / passes);
    for (let pass = 0; pass < passes; pass++) {
      scatter(keys, sorted, spareKeys, spareIds, count, this.#starts, lowest + pass * digitBits, digitBits);
      [keys, spareKeys, sorted, spareIds] = [spareKeys, keys, spareIds, sorted];
    }
    for (let i = 0; i < count; i++) {
      ids[i] = sorted[i]!;
      bits[i] = bitsOfKey(keys[i]! + least);
    }
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
  digitBits: number,
): void {
  const mask = (1 << digitBits) - 1;
  starts.fill(0, 0, mask + 1);
  for (let i = 0; i < count; i++) starts[(fromKeys[i]! >>> shift) & mask]!++;
  let at = 0;
  for (let digit = mask; digit >= 0; digit--) {
    const size = starts[digit]!;
    starts[digit] = at;
    at += size;
  }
  for (let i = 0; i < count; i++) {
    const key = fromKeys[i]!;
    const to = starts[(key >>> shift) & mask]!++;
    toKeys[to] = key;
    toIds[to] = fromIds[i]!;
  }
}

const DIGITS = 2048;
const MASK = DIGITS - 1;

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
