import { NONE, type Vocabulary } from './merge-vocabulary.ts';

/** Which two neighbouring tokens join, how early, and into what. */
export interface MergePairs {
  /** The token that the merge of rank `rank` makes `[merges]`. */
  readonly products: Uint32Array;
  /** Returns the rank of joining `left` and `right`, smaller is earlier, or {@link NONE}. */
  rankOf(left: number, right: number): number;
}

/** A merge as token ids. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly product: number;
}

/** Ranks are below this: a long merge keeps a rank and a position in one double. */
export const MAX_RANKS: number = 2 ** 21;

const FOUND_WORDS = 3; // left, right, id

/** The merges of a tokenizer that lists them, in the order of the list; of a pair listed twice, the later. */
export function listedMerges(merges: readonly Merge[]): MergePairs {
  return columnMerges({
    left: Uint32Array.from(merges, ({ left }) => left),
    right: Uint32Array.from(merges, ({ right }) => right),
    product: Uint32Array.from(merges, ({ product }) => product),
  });
}

/** Merges in the order of their ranks, each of `[merges]`. */
export interface MergeColumns {
  readonly left: Uint32Array;
  readonly right: Uint32Array;
  readonly product: Uint32Array;
}

/** The merges of {@link listedMerges}, from columns. */
export function columnMerges({ left, right, product }: MergeColumns): MergePairs {
  const table = pairTable(left.length);
  for (let rank = 0; rank < left.length; rank++) table.set(left[rank]!, right[rank]!, rank);
  return { products: product, rankOf: table.get };
}

/**
 * The merges that tiktoken derives from ranks alone: any two tokens whose bytes, put together, are a token
 * may join, and the one with the smallest id goes first.
 */
export function impliedMerges(vocabulary: Vocabulary): MergePairs {
  const { size, blob, starts, lengths, find } = vocabulary;
  const found: number[] = [];
  for (let id = 0; id < size; id++) {
    const start = starts[id]!;
    const end = start + lengths[id]!;
    for (let middle = start + 1; middle < end; middle++) {
      const left = find(blob, start, middle);
      if (left === NONE) continue;
      const right = find(blob, middle, end);
      if (right !== NONE) found.push(left, right, id);
    }
  }
  const table = pairTable(found.length / FOUND_WORDS);
  for (let at = 0; at < found.length; at += FOUND_WORDS)
    table.set(found[at]!, found[at + 1]!, found[at + 2]!);
  return { products: Uint32Array.from({ length: size }, (_, id) => id), rankOf: table.get };
}

interface PairTable {
  set(left: number, right: number, rank: number): void;
  get(left: number, right: number): number;
}

// A slot is two words, 63 bits: left (21), right (21) and rank (21), so that a look-up touches one cache line.
// The top bit of the second word is that of an empty slot.
const TOKEN_BITS = 21;
const LOW_BITS = 32 - TOKEN_BITS; // of `right`, in the first word
const HIGH_BITS = TOKEN_BITS - LOW_BITS; // of `right`, in the second
const HIGH_MASK = 2 ** HIGH_BITS - 1;
const EMPTY = -1;

function pairTable(pairs: number): PairTable {
  const capacity = 2 ** Math.ceil(Math.log2(1.5 * pairs + 2));
  const slots = new Int32Array(2 * capacity).fill(EMPTY);
  const mask = capacity - 1;

  const slotOf = (left: number, right: number): number => {
    const first = left | (right << TOKEN_BITS);
    const high = right >>> LOW_BITS;
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right + 0x7f4a7c15, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = 2 * slot;
      const second = slots[at + 1]!;
      if (second === EMPTY || (slots[at] === first && (second & HIGH_MASK) === high)) return at;
    }
  };

  return {
    set(left, right, rank) {
      const at = slotOf(left, right);
      slots[at] = left | (right << TOKEN_BITS);
      slots[at + 1] = (right >>> LOW_BITS) | (rank << HIGH_BITS);
    },
    get(left, right) {
      const second = slots[slotOf(left, right) + 1]!;
      return second === EMPTY ? NONE : second >>> HIGH_BITS;
    },
  };
}
