/** How the evidence for accounts grew with the tokens read. */
import type { AccountCodes } from '@countermark/watermark/scheme';
import type { AccountScorer } from '../accounts/account-scorer.ts';
import { accountStatistic } from '../accounts/account-statistic.ts';
import { AccountTable } from '../accounts/account-table.ts';
import { rankAccounts } from '../accounts/rank-accounts.ts';
import { TupleSet } from '../score/tuple-set.ts';
import { rowsTailLog10 } from '../stats/rows-statistic.ts';
import type { KeptDocument } from './account-tokens.ts';

/** The evidence for one account in the first tokens of a text. */
export interface AccountEvidencePoint {
  /** Tokens read. */
  readonly tokens: number;
  /** log10 P(a code that nobody chose scores at least as much | those tokens), before any correction. */
  readonly log10RawPValue: number;
}

/**
 * Computes the exact conditional p-value of accounts on the first tokens of a text.
 *
 * Each point is a test of its own, with the table of what was read by then. A p-value takes milliseconds, so a few points
 * for a few accounts are what this is for.
 *
 * @param scorer    of the key.
 * @param codes     source of the codes.
 * @param documents read one after another as one text; a tuple counts once in all of them.
 * @param accounts  account ids, `[accounts]`.
 * @param points    most points after the first, integer ≥ 1, spread evenly; the whole text is always the last.
 * @returns one curve for each account, `[accounts]`, each by ascending token count, the first point at 0 tokens.
 * @throws {RangeError} if `points` is out of range.
 */
export function accountGrowth(
  scorer: AccountScorer,
  codes: AccountCodes,
  documents: readonly KeptDocument[],
  accounts: readonly string[],
  points: number,
): AccountEvidencePoint[][] {
  if (!(Number.isInteger(points) && points >= 1)) {
    throw new RangeError(`"points" expected an integer >= 1, got ${points}`);
  }
  if (accounts.length === 0) return [];
  const total = documents.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
  const curves = accounts.map((): AccountEvidencePoint[] => [{ tokens: 0, log10RawPValue: 0 }]);
  const own = { table: new AccountTable(), tuples: new TupleSet() };
  let taken = 0;
  const stopAt = (tokens: number): void => {
    const statistic = accountStatistic(own.table);
    const [ranking] = rankAccounts(codes, accounts, [{ statistic, cut: Infinity, top: accounts.length }]);
    for (const { index, sum } of ranking!.top) {
      curves[index]!.push({ tokens, log10RawPValue: rowsTailLog10(statistic, sum) });
    }
  };
  // Takes the points that lie before a token, which is not yet in the table.
  const passTo = (tokens: number): void => {
    for (; taken < points; taken++) {
      const stop = Math.ceil(((taken + 1) * total) / points);
      if (stop > tokens) return;
      if (stop > curves[0]!.at(-1)!.tokens) stopAt(stop);
    }
  };
  let read = 0;
  for (const { tokenIds, segments, weights } of documents) {
    const statuses = new Uint8Array(tokenIds.length);
    const before = read;
    const trace = { statuses, onScored: (position: number) => passTo(before + position) };
    scorer.add(segments, own, { weights, trace });
    read += tokenIds.length;
  }
  passTo(total);
  return curves;
}
