import type { MergePairs } from './merge-pairs.ts';
import { NONE, type TokenBytes } from './merge-vocabulary.ts';

// Most characters of two and three bytes are tokens, and merging always makes them so before anything else
// happens to their bytes. A piece may then start from characters where it would start from bytes. When is that
// certain? A merge across an edge of the character makes a token in which the two bytes beside that edge follow
// each other. If every merge into such a token ranks above all the merges within the character, then none of
// them is ever the earliest while the character is incomplete: one of its own pairs is always there and goes
// first. What is merged elsewhere meanwhile ranks earlier still, and so goes the same way without its bytes.

/** What {@link characterAt} reads. */
export interface CharacterTables {
  readonly pairs: MergePairs;
  /** The token of every single byte `[256]`. */
  readonly byteIds: Int32Array;
  /** The rank of joining any two bytes `[256 * 256]`, row-major by the left one; NONE where they do not join. */
  readonly byteRanks: Int32Array;
  /** The earliest rank that makes a token with these two bytes in a row `[256 * 256]`, or NONE. */
  readonly crossingRanks: Int32Array;
}

/** Returns {@link CharacterTables.crossingRanks}. */
export function crossingRanks({ blob, starts, lengths }: TokenBytes, products: Uint32Array): Int32Array {
  const ranks = new Int32Array(256 * 256).fill(NONE);
  products.forEach((id, rank) => {
    const start = starts[id]!;
    const end = start + lengths[id]!;
    for (let at = start + 1; at < end; at++) {
      const pair = (blob[at - 1]! << 8) | blob[at]!;
      if (rank < ranks[pair]!) ranks[pair] = rank;
    }
  });
  return ranks;
}

/** The bytes of the character that starts with this byte, as far as {@link characterAt} is concerned: 1 to 3. */
export function characterWidth(lead: number): number {
  return lead < 0xc0 || lead >= 0xf0 ? 1 : lead < 0xe0 ? 2 : 3;
}

/**
 * Returns the token that merging `bytes[start..end)` first makes of the two or three bytes at `at`, or NONE
 * where this is not certain from the bytes beside them.
 *
 * @param width 2 or 3.
 */
export function characterAt(
  { pairs, byteIds, byteRanks, crossingRanks: crossing }: CharacterTables,
  bytes: Uint8Array,
  start: number,
  end: number,
  at: number,
  width: number,
): number {
  const after = at + width;
  if (after > end) return NONE;
  const lead = bytes[at]!;
  const second = bytes[at + 1]!;
  const before = at > start ? crossing[(bytes[at - 1]! << 8) | lead]! : NONE;
  const behind = after < end ? crossing[(bytes[after - 1]! << 8) | bytes[after]!]! : NONE;
  const limit = Math.min(before, behind);
  const rank = byteRanks[(lead << 8) | second]!;
  if (rank >= limit) return NONE;
  const two = pairs.products[rank]!;
  if (width === 2) return two;
  const third = bytes[at + 2]!;
  if (byteRanks[(second << 8) | third]! <= rank) return NONE;
  const last = pairs.rankOf(two, byteIds[third]!);
  return last >= limit ? NONE : pairs.products[last]!;
}
