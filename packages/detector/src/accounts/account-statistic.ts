/**
 * The statistic of one text: what an account's code scores on it, and the law of that for a code that nobody chose.
 */
import { errUpwards } from '../stats/err-upwards.ts';
import { ROWS_MARGIN, type RowsStatistic, rowsStatistic } from '../stats/rows-statistic.ts';
import { type AccountTable, SYMBOLS } from './account-table.ts';

/** A text's table in quanta, a row of sixteen entries a code position, with the law of the sum for a uniformly random code. */
export interface AccountStatistic extends RowsStatistic {
  /** Uint32Array `[rows]`, code positions, ascending. */
  readonly positions: Uint32Array;
}

/** Takes the statistic of a table, which is not retained. */
export function accountStatistic(table: AccountTable): AccountStatistic {
  // In the order of positions, so that no last bit depends on the order of the documents.
  const positions = table.positions();
  return { positions, ...rowsStatistic(table.sumsAt(positions), SYMBOLS) };
}

/** Returns log10 of the smallest p-value that any code could have, as it is reported. */
export function leastTailLog10({ law }: AccountStatistic): number {
  return law.minimum === law.maximum ? 0 : errUpwards(law.lnMaximumMass * Math.LOG10E, ROWS_MARGIN, 1);
}

/**
 * Finds a sum that about one in 1 / p random codes reaches, from Chernoff's bound: a little too high as a rule.
 *
 * @param lnTail ln p.
 * @returns an integer from the law's minimum to its maximum.
 */
export function sumNear({ law }: AccountStatistic, lnTail: number): number {
  if (lnTail >= 0 || law.minimum === law.maximum) return law.minimum;
  if (lnTail <= law.lnMaximumMass) return law.maximum;
  // ln of Chernoff's bound at the mean of the law tilted by σ falls from 0 to ln P(maximum).
  const boundAt = (sigma: number): number => {
    const { value, slope } = law.exponentAt(sigma, law.minimum);
    return value - sigma * slope;
  };
  let above = 1 / Math.sqrt(law.exponentAt(0, law.minimum).curvature);
  while (boundAt(above) > lnTail && above < 64) above *= 2;
  let below = 0;
  while (above - below > 1e-3 * above) {
    const middle = (above + below) / 2;
    if (boundAt(middle) > lnTail) below = middle;
    else above = middle;
  }
  return law.minimum + Math.floor(law.exponentAt(below, law.minimum).slope);
}
