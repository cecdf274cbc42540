/**
 * Which shifts of the table other keys of a layer would give: docs/statistics.md section 18.8.
 *
 * Assumed is that the layers' keys are different and uniform on some interval of integers, whatever its ends. Keys that are far apart then
 * have uniform low bits. Of keys that are close together the least and the greatest say where the interval may end; given them, the
 * other keys are uniform between them.
 */
import { MULTIPLIER } from './ngram-hash.ts';

/** From so many tables' lengths between the least and the greatest key on, their low bits are taken as uniform. */
const FAR_BLOCKS = 2 ** 14;

/** What other keys of the layers would have shifted the table by. */
interface KeyShifts {
  /** The layers that are tested, ascending: of keys that are close together all but those of the least and the greatest. */
  readonly counted: readonly number[];
  /** Float64Array `[size]`: how many keys give each shift; undefined where each of them is as likely as another. */
  readonly ways: Float64Array | undefined;
  /** ln of what a tail under independent shifts is multiplied by: keys are different, and their interval is not known. */
  readonly lnFactor: number;
}

/**
 * Returns the shifts that keys may have.
 *
 * @param keys one a layer, all different, at most 32.
 * @param size of the table, a power of two.
 */
export function keyShifts(keys: readonly bigint[], size: number): KeyShifts {
  const sorted = [...keys].sort((a, b) => (a < b ? -1 : 1));
  const least = sorted[0]!;
  const greatest = sorted.at(-1)!;
  const layers = keys.map((_, layer) => layer);
  const lnFactor = lnUnknownEnds(keys.length);
  const bits = BigInt(Math.log2(size));
  if ((greatest >> bits) - (least >> bits) >= FAR_BLOCKS)
    return { counted: layers, ways: undefined, lnFactor };

  const counted = layers.filter((layer) => keys[layer] !== least && keys[layer] !== greatest);
  const between = greatest - least - 1n;
  const ways = new Float64Array(size).fill(Number(between >> bits));
  const rest = Number(between & (BigInt(size) - 1n));
  for (let i = 1; i <= rest; i++) ways[shiftOf(least + BigInt(i), size)]!++;
  return { counted, ways, lnFactor: lnFactor + lnDifferent(counted.length, Number(between)) };
}

/** Returns by how many entries a key shifts the table: (k · M + 1) mod its size, a power of two. */
export function shiftOf(key: bigint, size: number): number {
  return Number(BigInt.asUintN(Math.log2(size), key * MULTIPLIER + 1n));
}

// ln of 1 / P(count independent uniform ones of `width` are different).
function lnDifferent(count: number, width: number): number {
  let ln = 0;
  for (let i = 1; i < count; i++) ln -= Math.log1p(-i / width);
  return ln;
}

// ln of (n + 2)^m / (n (n − 1) … (n − m + 1)), n the blocks that lie within the interval of keys that are far apart.
function lnUnknownEnds(depth: number): number {
  const blocks = FAR_BLOCKS - 1;
  return depth * Math.log1p(2 / blocks) + lnDifferent(depth, blocks);
}
