/** Every account's sum on every text, in one pass over the accounts. */
import { type AccountCodes, CODE_BLOCK_SYMBOLS } from '@countermark/watermark/scheme';
import { type AccountIds, accountKeyAt } from './account-ids.ts';
import type { AccountStatistic } from './account-statistic.ts';
import { SYMBOLS } from './account-table.ts';

/** An account by its place in the list, and its sum. */
export interface RankedAccount {
  readonly index: number;
  readonly sum: number;
}

/** A text's statistic, and which accounts to keep for it. */
export interface RankedText {
  readonly statistic: AccountStatistic;
  /** Accounts with at least this sum are kept. */
  readonly cut: number;
  /** And this many of the largest sums, whatever they are. */
  readonly top: number;
}

/** Accounts of one text, from the largest sum to the smallest; equal sums in the order of the list. */
export interface AccountRanking {
  /** All with at least the cut. */
  readonly candidates: readonly RankedAccount[];
  /** The largest sums. */
  readonly top: readonly RankedAccount[];
}

/** A text as the loop over accounts needs it: where each row's symbol lies in the blocks that are read. */
interface Lookup {
  readonly text: RankedText;
  readonly quanta: Uint16Array;
  readonly words: Uint32Array;
  readonly shifts: Uint8Array;
  readonly candidates: RankedAccount[];
  readonly top: RankedAccount[];
}

const BLOCK_WORDS = 16;
const WORD_SYMBOLS = 8;
const SYMBOL_BITS = 4;

/**
 * Sums each account's entries of each text's table. Codes are computed block by block where a text has a position,
 * and not kept: the memory grows with the texts, not with the accounts.
 *
 * @param codes    source of the codes.
 * @param accounts account ids, `[accounts]`.
 * @param texts    what to compare them with.
 * @returns one ranking for each text.
 */
export function rankAccounts(
  codes: AccountCodes,
  accounts: AccountIds,
  texts: readonly RankedText[],
): AccountRanking[] {
  const blocks = blocksOf(texts);
  const places = new Map(Array.from(blocks, (block, i) => [block, i]));
  const lookups = texts.map((text) => lookupOf(text, places));
  const out = new Uint32Array(BLOCK_WORDS * blocks.length);
  for (let index = 0; index < accounts.length; index++) {
    codes.read(accountKeyAt(accounts, index), blocks, out);
    for (const lookup of lookups) keep(lookup, index, sumOf(lookup, out));
  }
  return lookups.map(({ candidates, top }) => ({ candidates: candidates.sort(byRank), top }));
}

function sumOf({ quanta, words, shifts }: Lookup, code: Uint32Array): number {
  let sum = 0;
  for (let row = 0; row < words.length; row++) {
    sum += quanta[SYMBOLS * row + ((code[words[row]!]! >>> shifts[row]!) & (SYMBOLS - 1))]!;
  }
  return sum;
}

function keep({ text, candidates, top }: Lookup, index: number, sum: number): void {
  if (sum >= text.cut) candidates.push({ index, sum });
  if (text.top === 0 || (top.length === text.top && sum <= top.at(-1)!.sum)) return;
  if (top.length === text.top) top.pop();
  const place = top.findIndex((held) => held.sum < sum);
  top.splice(place < 0 ? top.length : place, 0, { index, sum });
}

// The different blocks of the code that any text needs, in ascending order.
function blocksOf(texts: readonly RankedText[]): Uint32Array {
  const blocks = new Set<number>();
  for (const { statistic } of texts) {
    for (const position of statistic.positions) blocks.add(Math.floor(position / CODE_BLOCK_SYMBOLS));
  }
  return Uint32Array.from(blocks).sort();
}

function lookupOf(text: RankedText, places: ReadonlyMap<number, number>): Lookup {
  const { positions, quanta } = text.statistic;
  const words = positions.map((position) => {
    const place = places.get(Math.floor(position / CODE_BLOCK_SYMBOLS)) ?? 0;
    return BLOCK_WORDS * place + Math.floor((position % CODE_BLOCK_SYMBOLS) / WORD_SYMBOLS);
  });
  const shifts = Uint8Array.from(positions, (position) => SYMBOL_BITS * (position % WORD_SYMBOLS));
  return { text, quanta, words, shifts, candidates: [], top: [] };
}

function byRank(a: RankedAccount, b: RankedAccount): number {
  return b.sum - a.sum || a.index - b.index;
}
