/** Every account's sum on every text, in one pass over the accounts. */
import type { AccountCodes } from '@countermark/watermark/scheme';
import { type AccountIds, accountKeyAt } from './account-ids.ts';
import type { AccountStatistic } from './account-statistic.ts';
import { BLOCK_WORDS, blockOf, CodeSums, TABLE_BYTES } from './code-sums.ts';

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

/** A text as the loop over accounts needs it. */
interface Lookup {
  readonly text: RankedText;
  readonly sums: CodeSums;
  readonly candidates: RankedAccount[];
  readonly top: RankedAccount[];
}

/** Accounts whose codes are held together: their sums are taken block by block. */
const GROUP = 64;
/** Bytes that the tables of all texts may take. */
const MOST_TABLE_BYTES = 2 ** 26;

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
  const lookups: Lookup[] = [];
  let tables = Math.floor(MOST_TABLE_BYTES / TABLE_BYTES);
  for (const text of texts) {
    const sums = new CodeSums(text.statistic, places, tables);
    tables -= sums.tables;
    lookups.push({ text, sums, candidates: [], top: [] });
  }
  const stride = BLOCK_WORDS * blocks.length;
  const held = new Uint32Array(GROUP * stride);
  const outs = Array.from({ length: GROUP }, (_, i) => held.subarray(stride * i, stride * (i + 1)));
  const sums = new Float64Array(GROUP);
  for (let first = 0; first < accounts.length; first += GROUP) {
    const count = Math.min(GROUP, accounts.length - first);
    for (let i = 0; i < count; i++) codes.read(accountKeyAt(accounts, first + i), blocks, outs[i]!);
    for (const lookup of lookups) {
      lookup.sums.add(held, stride, count, sums);
      for (let i = 0; i < count; i++) keep(lookup, first + i, sums[i]!);
    }
  }
  return lookups.map(({ candidates, top }) => ({ candidates: candidates.sort(byRank), top }));
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
    for (const position of statistic.positions) blocks.add(blockOf(position));
  }
  return Uint32Array.from(blocks).sort();
}

function byRank(a: RankedAccount, b: RankedAccount): number {
  return b.sum - a.sum || a.index - b.index;
}
