/**
 * Sums of codes on one text, block by block of the codes: the time of a trace among a million accounts is spent here.
 *
 * Where a text has few of a block's positions, each is looked up by itself. Where it has many, every byte of the block, which holds two
 * symbols, has a table of their sums: fewer memory accesses than positions, and a table that fits a core's fastest cache while some accounts pass.
 */
import { CODE_BLOCK_SYMBOLS } from '@countermark/watermark/scheme';
import type { AccountStatistic } from './account-statistic.ts';
import { SYMBOLS } from './account-table.ts';

/** Words in one block of a code. */
export const BLOCK_WORDS = 16;

const WORD_SYMBOLS = 8;
const SYMBOL_BITS = 4;
const BLOCK_BYTES = CODE_BLOCK_SYMBOLS / 2;
const BYTE_VALUES = 256;
/** A table's sums are kept as 16 bits. */
const MOST_IN_TABLE = 2 ** 16 - 1;
/** From so many positions of a block on a table is faster: it is read 64 times, and each position by itself takes six reads. */
const TABLE_FROM = 14;
/** Bytes of one block's table. */
export const TABLE_BYTES: number = 2 * BLOCK_BYTES * BYTE_VALUES;

/** What a text looks up in one block of a code. */
type BlockLookup = { readonly word: number } & (
  | { readonly table: Uint16Array }
  | {
      readonly table: undefined;
      /** Uint8Array `[rows]`, where in the block each row's symbol is. */
      readonly words: Uint8Array;
      readonly shifts: Uint8Array;
      /** Uint16Array `[rows * 16]`, row-major. */
      readonly quanta: Uint16Array;
    }
);

/** Sums codes of accounts on one text. */
export class CodeSums {
  readonly #lookups: readonly BlockLookup[];

  /**
   * @param statistic of the text.
   * @param places    where each block lies among those that are read.
   * @param tables    how many tables may be made.
   */
  constructor({ positions, quanta }: AccountStatistic, places: ReadonlyMap<number, number>, tables: number) {
    const lookups: BlockLookup[] = [];
    let left = tables;
    for (let start = 0, end = 0; start < positions.length; start = end) {
      const block = blockOf(positions[start]!);
      while (end < positions.length && blockOf(positions[end]!) === block) end++;
      const rows = quanta.subarray(SYMBOLS * start, SYMBOLS * end);
      const inBlock = positions.slice(start, end).map((position) => position % CODE_BLOCK_SYMBOLS);
      const word = BLOCK_WORDS * (places.get(block) ?? 0);
      const table = inBlock.length >= TABLE_FROM && left > 0 ? tableOf(inBlock, rows) : undefined;
      if (table === undefined) lookups.push({ word, table, quanta: rows, ...placesOf(inBlock) });
      else {
        lookups.push({ word, table });
        left--;
      }
    }
    this.#lookups = lookups;
  }

  /** How many tables it has made. */
  get tables(): number {
    return this.#lookups.filter(({ table }) => table !== undefined).length;
  }

  /**
   * Sums some codes.
   *
   * @param codes  Uint32Array `[count * stride]`, the blocks that are read of each code.
   * @param stride words of one code.
   * @param sums   Float64Array, at least `[count]`. Overwritten.
   */
  add(codes: Uint32Array, stride: number, count: number, sums: Float64Array): void {
    sums.fill(0, 0, count);
    for (const lookup of this.#lookups) {
      if (lookup.table !== undefined) addByTable(lookup.table, codes, lookup.word, stride, count, sums);
      else addByRows(lookup, codes, stride, count, sums);
    }
  }
}

/** Returns the block of a code that holds a position. */
export function blockOf(position: number): number {
  return Math.floor(position / CODE_BLOCK_SYMBOLS);
}

function addByTable(
  table: Uint16Array,
  codes: Uint32Array,
  first: number,
  stride: number,
  count: number,
  sums: Float64Array,
): void {
  for (let i = 0, start = first; i < count; i++, start += stride) {
    // At most 64 times 2^16: within 32 bits.
    let sum = 0;
    for (let w = 0, at = 0; w < BLOCK_WORDS; w++, at += 4 * BYTE_VALUES) {
      const word = codes[start + w]!;
      sum +=
        table[at + (word & 255)]! +
        table[at + BYTE_VALUES + ((word >>> 8) & 255)]! +
        table[at + 2 * BYTE_VALUES + ((word >>> 16) & 255)]! +
        table[at + 3 * BYTE_VALUES + (word >>> 24)]!;
    }
    sums[i]! += sum;
  }
}

function addByRows(
  { word, words, shifts, quanta }: Extract<BlockLookup, { readonly table: undefined }>,
  codes: Uint32Array,
  stride: number,
  count: number,
  sums: Float64Array,
): void {
  for (let i = 0, start = word; i < count; i++, start += stride) {
    let sum = 0;
    for (let row = 0; row < words.length; row++) {
      sum += quanta[SYMBOLS * row + ((codes[start + words[row]!]! >>> shifts[row]!) & (SYMBOLS - 1))]!;
    }
    sums[i]! += sum;
  }
}

function placesOf(inBlock: Uint32Array): { readonly words: Uint8Array; readonly shifts: Uint8Array } {
  return {
    words: Uint8Array.from(inBlock, (position) => Math.floor(position / WORD_SYMBOLS)),
    shifts: Uint8Array.from(inBlock, (position) => SYMBOL_BITS * (position % WORD_SYMBOLS)),
  };
}

// The sum of the two symbols of each value of each byte; undefined where one is too large.
function tableOf(inBlock: Uint32Array, rows: Uint16Array): Uint16Array | undefined {
  const table = new Uint16Array(BLOCK_BYTES * BYTE_VALUES);
  for (const [row, position] of inBlock.entries()) {
    const first = BYTE_VALUES * (position >> 1);
    const shift = SYMBOL_BITS * (position & 1);
    for (let value = 0; value < BYTE_VALUES; value++) {
      const sum = table[first + value]! + rows[SYMBOLS * row + ((value >>> shift) & (SYMBOLS - 1))]!;
      if (sum > MOST_IN_TABLE) return undefined;
      table[first + value] = sum;
    }
  }
  return table;
}
