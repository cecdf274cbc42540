const DIGIT_BITS = 11;
const DIGITS = 2 ** DIGIT_BITS;

interface Pairs {
  readonly keys: Uint32Array;
  readonly items: Uint32Array;
}

/**
 * Sorts items by their keys, ascending and stable, in time linear in their number: a radix sort from the last digit.
 *
 * @param keys  Uint32Array `[n]`.
 * @param items Uint32Array `[n]`, an item for each key.
 * @returns the items in order, Uint32Array `[n]`; may be one of the arguments, whose contents are lost.
 */
export function sortedByKey(keys: Uint32Array, items: Uint32Array): Uint32Array {
  const length = keys.length;
  let from: Pairs = { keys, items };
  let to: Pairs = { keys: new Uint32Array(length), items: new Uint32Array(length) };
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
  return from.items;
}
