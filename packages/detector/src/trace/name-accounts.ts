/** Which accounts a text names: exact tails from the largest sum down to the first that does not suffice. */
import type { AccountCodes } from '@countermark/watermark/scheme';
import { type AccountIds, accountAt } from '../accounts/account-ids.ts';
import { type AccountStatistic, leastTailLog10, sumNear } from '../accounts/account-statistic.ts';
import { type AccountRanking, type RankedAccount, rankAccounts } from '../accounts/rank-accounts.ts';
import { rowsTailLog10 } from '../stats/rows-statistic.ts';
import type { TracedAccount } from './account-trace.ts';

/** A text's statistic with the limit on its p-values. */
export interface TestedText {
  readonly statistic: AccountStatistic;
  /** Tests that a p-value is corrected for. */
  readonly tests: number;
}

/** What {@link nameAccounts} finds on one text. */
export interface NamedAccounts {
  /** Whether some code could have been named. */
  readonly conclusive: boolean;
  readonly named: readonly TracedAccount[];
  readonly top: readonly TracedAccount[];
  /** log10 of the smallest corrected p-value; 0 where the text is inconclusive. */
  readonly log10PValue: number;
}

/** Accounts are kept from a sum on that this many times more codes reach than may be named. */
const SLACK = 1000;

/**
 * Names accounts on each text.
 *
 * A p-value falls as the sum rises, so an account is named if and only if its sum reaches a threshold. The sums kept start
 * below it; that they do is certain once one of them, or the cut itself, has an exact p-value that is too large.
 *
 * @param codes    source of the codes.
 * @param accounts account ids, `[accounts]`.
 * @param texts    what to compare them with.
 * @param alpha    level.
 * @param top      how many of the largest sums to return for each text, named or not.
 */
export function nameAccounts(
  codes: AccountCodes,
  accounts: AccountIds,
  texts: readonly TestedText[],
  alpha: number,
  top: number,
): NamedAccounts[] {
  const limitOf = ({ tests }: TestedText): number => Math.log10(alpha) - Math.log10(tests);
  const tested = texts.filter((text) => leastTailLog10(text.statistic) <= limitOf(text));
  const ranked = tested.map((text) => ({
    statistic: text.statistic,
    cut: sumBelow(text.statistic, limitOf(text)),
    top: Math.max(1, top),
  }));
  const rankings = new Map(rankAccounts(codes, accounts, ranked).map((ranking, i) => [tested[i], ranking]));
  return texts.map((text) => {
    const ranking = rankings.get(text);
    if (ranking === undefined) return { conclusive: false, named: [], top: [], log10PValue: 0 };
    return nameOn(text, ranking, accounts, limitOf(text), top);
  });
}

function nameOn(
  { statistic, tests }: TestedText,
  ranking: AccountRanking,
  accounts: AccountIds,
  limit: number,
  top: number,
): NamedAccounts {
  const tails = new Map<number, number>();
  const tailOf = (sum: number): number => {
    const held = tails.get(sum) ?? rowsTailLog10(statistic, sum);
    tails.set(sum, held);
    return held;
  };
  const describe = ({ index, sum }: RankedAccount): TracedAccount => {
    const log10RawPValue = tailOf(sum);
    const log10PValue = Math.min(0, log10RawPValue + Math.log10(tests));
    const { mean } = statistic.law;
    const { curvature } = statistic.law.exponentAt(0, Math.round(mean));
    const zScore = (sum - mean) / Math.sqrt(curvature);
    return {
      account: accountAt(accounts, index),
      log10PValue,
      pValue: 10 ** log10PValue,
      log10RawPValue,
      zScore,
    };
  };
  const named: TracedAccount[] = [];
  for (const candidate of ranking.candidates) {
    if (tailOf(candidate.sum) > limit) break;
    named.push(describe(candidate));
  }
  const first = ranking.top[0];
  const strongest = first === undefined ? 0 : describe(first).log10PValue;
  return {
    conclusive: true,
    named,
    top: ranking.top.slice(0, top).map(describe),
    log10PValue: strongest,
  };
}

// A sum whose exact p-value is above the limit, and not far above: all that may be named have at least this one.
function sumBelow(statistic: AccountStatistic, limit: number): number {
  for (let slack = SLACK; ; slack *= SLACK) {
    const sum = sumNear(statistic, limit * Math.LN10 + Math.log(slack));
    if (sum === statistic.law.minimum || rowsTailLog10(statistic, sum) > limit) return sum;
  }
}
