/** The seed of KGW's selfhash: `min(key * hash(window) * hash(last)) % (2**64 - 1)`. */

/**
 * Returns the product of two hashes, one of the window and the last one, that is least once it is multiplied with the key.
 *
 * Products with the key wrap to signed 64 bits, as those of torch's int64 tensors do, and the minimum is over signed values.
 *
 * @param key    Uint32Array `[2]`, low and high word of the key.
 * @param table  of `drawHashTable`.
 * @param ids    Uint32Array, of which the window is `[from, to)`; not empty.
 * @returns an integer from 1 to 2^40.
 */
export function anchoredPair(
  key: Uint32Array,
  table: Uint32Array,
  ids: Uint32Array,
  from: number,
  to: number,
): number {
  const keyLow = key[0]!;
  const keyHigh = key[1]!;
  const anchor = table[ids[to - 1]! % table.length]!;
  let leastHigh = 0x7fff_ffff;
  let leastLow = 0xffff_ffff;
  let least = anchor;
  for (let i = from; i < to; i++) {
    // At most 2^40: an exact double.
    const pair = table[ids[i]! % table.length]! * anchor;
    const pairLow = pair >>> 0;
    const pairHigh = (pair - pairLow) / 2 ** 32;
    const low = Math.imul(keyLow, pairLow) >>> 0;
    const high = (carried(keyLow, pairLow) + Math.imul(keyLow, pairHigh) + Math.imul(keyHigh, pairLow)) | 0;
    if (high < leastHigh || (high === leastHigh && low < leastLow)) {
      leastHigh = high;
      leastLow = low;
      least = pair;
    }
  }
  return least;
}

/**
 * Returns the low 32 bits of `key * pair % (2**64 - 1)`, the product wrapped to signed 64 bits first.
 *
 * @param key  Uint32Array `[2]`, low and high word.
 * @param pair of {@link anchoredPair}.
 */
export function pairSeed(key: Uint32Array, pair: number): number {
  const keyLow = key[0]!;
  const pairLow = pair >>> 0;
  const pairHigh = (pair - pairLow) / 2 ** 32;
  const low = Math.imul(keyLow, pairLow) >>> 0;
  const high = (carried(keyLow, pairLow) + Math.imul(keyLow, pairHigh) + Math.imul(key[1]!, pairLow)) | 0;
  // Python's remainder of a negative number is it plus 2^64 − 1: one less than its two's complement.
  return high < 0 ? (low - 1) >>> 0 : low;
}

/** The high word of a product of two unsigned words, as a signed one. */
function carried(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  // Each sum is below 2^32 + 2^16: exact, and shifted by division.
  const lower = aLow * bHigh + (middle % 2 ** 16);
  return (aHigh * bHigh + Math.floor(middle / 2 ** 16) + Math.floor(lower / 2 ** 16)) | 0;
}
