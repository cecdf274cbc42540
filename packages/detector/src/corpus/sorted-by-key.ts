const DIGIT_BITS = 11;
const DIGITS = 2 ** DIGIT_BITS;

/** Keys with an item each. */
export interface KeyedItems {
  /** Uint32Array `[n]`. */
  readonly keys: Uint32Array;
  /** Uint32Array `[n]`. */
  readonly items: Uint32Array;
}

/**
 * Sorts items by their keys, ascending and stable, in time linear in their number: a radix sort from the last digit.
 *
 * @param unsorted overwritten.
 * @returns both in order; may be the arrays that were passed.
 */
export function sortedByKey(unsorted: KeyedItems): KeyedItems {
  const { length } = unsorted.keys;
  let from = unsorted;
  let to: KeyedItems = { keys: new Uint32Array(length), items: new Uint32Array(length) };
  const starts = new Uint32Array(DIGITS + 1);
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    starts.fill(0);
    for (let i = 0; i < length; i++) starts[((from.keys[i]! >>> shift) & (DIGITS - 1)) + 1]!++;
    for (let digit = 0; digit < DIGITS; digit++) starts[digit + 1]! += starts[digit]!;
    for (let i = 0; i < length; i++) {
      const place = starts[(from.keys[i]! >>> shift) & (DIGITS - 1)]!++;
      to.keys[place] = from.keys[i]!;
      to.items[place] = from.items[i]!;
    }
    [from, to] = [to, from];
  }
  return from;
}
