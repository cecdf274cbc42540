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

const SLOT_WORDS = 3; // left, right, rank

/** The merges of a tokenizer that lists them, in the order of the list; of a pair listed twice, the later. */
export function listedMerges(merges: readonly Merge[]): MergePairs {
  const table = pairTable(merges.length);
  merges.forEach(({ left, right }, rank) => {
    table.set(left, right, rank);
  });
  return { products: Uint32Array.from(merges, ({ product }) => product), rankOf: table.get };
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
  const table = pairTable(found.length / SLOT_WORDS);
  for (let at = 0; at < found.length; at += SLOT_WORDS) table.set(found[at]!, found[at + 1]!, found[at + 2]!);
  return { products: Uint32Array.from({ length: size }, (_, id) => id), rankOf: table.get };
}

interface PairTable {
  set(left: number, right: number, rank: number): void;
  get(left: number, right: number): number;
}

function pairTable(pairs: number): PairTable {
  const capacity = 2 ** Math.ceil(Math.log2(1.5 * pairs + 2));
  const slots = new Uint32Array(SLOT_WORDS * capacity).fill(NONE);
  const mask = capacity - 1;

  const slotOf = (left: number, right: number): number => {
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right + 0x7f4a7c15, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = SLOT_WORDS * slot;
      if (slots[at + 2] === NONE || (slots[at] === left && slots[at + 1] === right)) return at;
    }
  };

  return {
    set(left, right, rank) {
      const at = slotOf(left, right);
      slots[at] = left;
      slots[at + 1] = right;
      slots[at + 2] = rank;
    },
    get: (left, right) => slots[slotOf(left, right) + 2]!,
  };
}
