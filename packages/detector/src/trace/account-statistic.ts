/**
 * The statistic of one text: what an account's code scores on it, and the law of that for a code that nobody chose.
 *
 * The table is divided by a quantum that depends on nothing but the table, and floored. The statistic is the sum of these
 * smaller integers, and its law under the null is exact for them: rounding costs about 1/768 of the variance, and never more than 1/256, and validity
 * not at all. In return no law has more than some thousand points to a standard deviation.
 */
import { errUpwards } from '../stats/err-upwards.ts';
import type { LatticeLaw } from '../stats/lattice-law.ts';
import { latticeTailLog10 } from '../stats/lattice-tail.ts';
import { uniformRowsLaw } from '../stats/uniform-rows-law.ts';
import { type AccountTable, SYMBOLS } from './account-table.ts';

/** The quantum divides a row's deviation at least by the first, and that of the sum at least by the second. */
const ROW_STEPS = 8;
const SUM_STEPS = 64;

/**
 * Added to log10 p, times |log10 p| where that is above 1: above the numerical error, so that p errs to the safe side.
 *
 * The quadrature leaves 1e-12 relative in p. Rounding adds at most a few 2^-53 for each of up to 65,536 rows to the exponent,
 * relative to partial sums of the size of ln p, and to the phase of the transform: below 1e-10 together.
 */
const MARGIN = 1e-9;

/** A text's table in quanta, with its law. */
export interface AccountStatistic {
  /** Uint32Array `[rows]`, code positions, ascending. */
  readonly positions: Uint32Array;
  /** Uint16Array `[rows * 16]`, row-major; each row starts at 0. */
  readonly quanta: Uint16Array;
  /** Scores in one quantum, a power of two. */
  readonly quantum: number;
  /** The law of the sum for a uniformly random code. */
  readonly law: LatticeLaw;
}

/** Takes the statistic of a table, which is not retained. */
export function accountStatistic(table: AccountTable): AccountStatistic {
  // In the order of positions, so that no last bit depends on the order of the documents.
  const positions = table.positions();
  const sums = table.sumsAt(positions);
  const quantum = quantumOf(sums);
  const quanta = new Uint16Array(sums.length);
  for (let start = 0; start < sums.length; start += SYMBOLS) {
    let low = Infinity;
    for (let at = start; at < start + SYMBOLS; at++) low = Math.min(low, sums[at]!);
    for (let at = start; at < start + SYMBOLS; at++) quanta[at] = Math.floor((sums[at]! - low) / quantum);
  }
  return { positions, quanta, quantum, law: uniformRowsLaw(quanta, SYMBOLS) };
}

/**
 * Computes log10 P(sum of a uniformly random code ≥ `sum`), given the table.
 *
 * @returns the logarithm, at most 2e-9 (times itself, where it is below -1) too large, never too small.
 */
export function accountTailLog10({ law }: AccountStatistic, sum: number): number {
  return errUpwards(latticeTailLog10({ law, threshold: sum }), MARGIN, 1);
}

/** Returns log10 of the smallest p-value that any code could have, as it is reported. */
export function leastTailLog10({ law }: AccountStatistic): number {
  return law.minimum === law.maximum ? 0 : errUpwards(law.lnMaximumMass * Math.LOG10E, MARGIN, 1);
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

function quantumOf(sums: Float64Array): number {
  const rows = sums.length / SYMBOLS;
  let variance = 0;
  for (let start = 0; start < sums.length; start += SYMBOLS) {
    let mean = 0;
    for (let at = start; at < start + SYMBOLS; at++) mean += sums[at]! / SYMBOLS;
    for (let at = start; at < start + SYMBOLS; at++) variance += (sums[at]! - mean) ** 2 / SYMBOLS;
  }
  const finest = Math.min(Math.sqrt(variance / rows) / ROW_STEPS, Math.sqrt(variance) / SUM_STEPS);
  let quantum = 1;
  while (2 * quantum <= finest) quantum *= 2;
  return quantum;
}
