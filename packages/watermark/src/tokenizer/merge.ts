import type { MergePairs } from './merge-pairs.ts';
import { NONE } from './merge-vocabulary.ts';

// Source: Sennrich, Haddow, Birch (2016), "Neural machine translation of rare words with subword units":
// byte-pair encoding joins the earliest-ranked pair first, the leftmost where ranks tie. Both merges below do
// exactly that. The short one looks for the next pair by scanning; the long one keeps the pairs in a heap
// ordered by (rank, position), which makes n·log n out of n².

/** Pieces up to this many bytes are merged by scanning. */
export const LONG_PIECE = 96;

/** Room for the tokens of short pieces, kept from piece to piece. */
export interface MergeScratch {
  readonly ids: Int32Array;
  readonly ranks: Int32Array;
}

/** Returns scratch for pieces of up to {@link LONG_PIECE} bytes. */
export function mergeScratch(): MergeScratch {
  return { ids: new Int32Array(LONG_PIECE), ranks: new Int32Array(LONG_PIECE) };
}

/**
 * Merges the tokens in `scratch.ids[0..count)` by scanning for the next pair.
 *
 * @param scratch with the rank of joining `ids[i]` with `ids[i + 1]` in `ranks[i]`.
 * @param count 1 to {@link LONG_PIECE} tokens.
 * @returns how many tokens remain, at the front of `scratch.ids`.
 */
export function mergeShort(pairs: MergePairs, { ids, ranks }: MergeScratch, count: number): number {
  while (count > 1) {
    let best = NONE;
    let at = 0;
    for (let i = 0; i + 1 < count; i++) {
      if (ranks[i]! < best) {
        best = ranks[i]!;
        at = i;
      }
    }
    if (best === NONE) break;
    ids[at] = pairs.products[best]!;
    count--;
    // A few words: `copyWithin` would take longer to start than this takes.
    for (let i = at + 1; i < count; i++) {
      ids[i] = ids[i + 1]!;
      ranks[i] = ranks[i + 1]!;
    }
    if (at > 0) ranks[at - 1] = pairs.rankOf(ids[at - 1]!, ids[at]!);
    if (at + 1 < count) ranks[at] = pairs.rankOf(ids[at]!, ids[at + 1]!);
  }
  return count;
}

/**
 * Merges tokens with a heap: the same result as {@link mergeShort} in O(n log n) time and about 40 n bytes.
 *
 * @param tokens the single-byte tokens of a piece `[n]`; overwritten.
 * @returns how many tokens remain, at the front of `tokens`.
 */
export function mergeLong(pairs: MergePairs, tokens: Uint32Array): number {
  const n = tokens.length;
  const next = new Uint32Array(n); // of a live token: where the token after it starts, n at the end
  const before = new Uint32Array(n);
  const ranks = new Uint32Array(n).fill(NONE); // of a live token and the one after it; NONE where it is dead
  // A pair as one number, rank · 2^32 + position: a double holds it exactly, for ranks stay below MAX_RANKS
  // = 2^21. Each merge adds at most two pairs to the n − 1 there were.
  const heap = new Float64Array(3 * n);
  let size = 0;

  const push = (key: number): void => {
    let at = size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]! <= key) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = key;
  };
  const pop = (): number => {
    const top = heap[0]!;
    const key = heap[--size]!;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= key) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = key;
    return top;
  };
  const pairUp = (at: number): void => {
    const right = next[at]!;
    const rank = right < n ? pairs.rankOf(tokens[at]!, tokens[right]!) : NONE;
    ranks[at] = rank;
    if (rank !== NONE) push(rank * 2 ** 32 + at);
  };

  for (let at = 0; at < n; at++) {
    next[at] = at + 1;
    before[at] = at === 0 ? n : at - 1;
  }
  for (let at = 0; at < n; at++) pairUp(at);

  while (size > 0) {
    const key = pop();
    const rank = Math.floor(key / 2 ** 32);
    const at = key - rank * 2 ** 32;
    if (ranks[at] !== rank) continue; // a neighbour was merged since
    const right = next[at]!;
    tokens[at] = pairs.products[rank]!;
    next[at] = next[right]!;
    ranks[right] = NONE;
    if (next[at]! < n) before[next[at]!] = at;
    pairUp(at);
    if (before[at]! < n) pairUp(before[at]!);
  }

  let count = 0;
  for (let at = 0; at < n; at = next[at]!) tokens[count++] = tokens[at]!;
  return count;
}
