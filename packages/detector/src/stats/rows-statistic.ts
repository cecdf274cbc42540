/**
 * A sum of one entry from each row of a table, and its law if every entry of a row was as likely to be the one.
 *
 * The table is divided by a quantum that depends on nothing but the table, and floored. The statistic is the sum of these
 * smaller integers, and its law under the null is exact for them: rounding costs about 1/768 of the variance, and never more than 1/256, and validity
 * not at all. In return no law has more than some thousand points to a standard deviation.
 */
import { errUpwards } from './err-upwards.ts';
import type { LatticeLaw } from './lattice-law.ts';
import { latticeTailLog10 } from './lattice-tail.ts';
import { uniformRowsLaw } from './uniform-rows-law.ts';

/** The quantum divides a row's deviation at least by the first, and that of the sum at least by the second. */
const ROW_STEPS = 8;
const SUM_STEPS = 64;

/**
 * Added to log10 p, times |log10 p| where that is above 1: above the numerical error, so that p errs to the safe side.
 *
 * The quadrature leaves 1e-12 relative in p. Rounding adds at most a few 2^-53 for each of up to 65,536 rows to the exponent,
 * relative to partial sums of the size of ln p, and to the phase of the transform: below 1e-10 together.
 */
export const ROWS_MARGIN = 1e-9;

/** A table in quanta, with its law. */
export interface RowsStatistic {
  /** Uint16Array `[rows * columns]`, row-major; each row starts at 0. */
  readonly quanta: Uint16Array;
  /** Scores in one quantum, a power of two. */
  readonly quantum: number;
  /** The law of the sum of one entry from each row. */
  readonly law: LatticeLaw;
}

/**
 * Takes the statistic of a table, which is not retained.
 *
 * @param sums    Float64Array `[rows * columns]`, row-major, integers ≥ 0.
 * @param columns entries in a row, integer ≥ 1.
 */
export function rowsStatistic(sums: Float64Array, columns: number): RowsStatistic {
  const quantum = quantumOf(sums, columns);
  const quanta = new Uint16Array(sums.length);
  for (let start = 0; start < sums.length; start += columns) {
    let low = Infinity;
    for (let at = start; at < start + columns; at++) low = Math.min(low, sums[at]!);
    for (let at = start; at < start + columns; at++) quanta[at] = Math.floor((sums[at]! - low) / quantum);
  }
  return { quanta, quantum, law: uniformRowsLaw(quanta, columns) };
}

/**
 * Computes log10 P(sum of one entry from each row, each as likely as another, ≥ `sum`), given the table.
 *
 * @returns the logarithm, at most 2e-9 (times itself, where it is below -1) too large, never too small.
 */
export function rowsTailLog10({ law }: RowsStatistic, sum: number): number {
  return errUpwards(latticeTailLog10({ law, threshold: sum }), ROWS_MARGIN, 1);
}

function quantumOf(sums: Float64Array, columns: number): number {
  const rows = sums.length / columns;
  let variance = 0;
  for (let start = 0; start < sums.length; start += columns) {
    let mean = 0;
    for (let at = start; at < start + columns; at++) mean += sums[at]! / columns;
    for (let at = start; at < start + columns; at++) variance += (sums[at]! - mean) ** 2 / columns;
  }
  return latticeQuantum(variance, rows);
}

/**
 * Returns by what integer scores may be divided and floored, a power of two.
 *
 * @param variance of the sum of all rows.
 */
export function latticeQuantum(variance: number, rows: number): number {
  const finest = Math.min(Math.sqrt(variance / rows) / ROW_STEPS, Math.sqrt(variance) / SUM_STEPS);
  let quantum = 1;
  while (2 * quantum <= finest) quantum *= 2;
  return quantum;
}
