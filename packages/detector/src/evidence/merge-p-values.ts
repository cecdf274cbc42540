/** One p-value from several, against "every null hypothesis is true". All have to be given, not chosen ones. */
import { errUpwards } from '../stats/err-upwards.ts';
import { gammaTailLog10 } from '../stats/gamma-tail.ts';

/**
 * Merges independent p-values by Fisher's product: −Σ ln p is at most Gamma(m, 1), also where p-values are discrete.
 *
 * Assumes that they are independent: documents under one key that have no tuple in common, or different keys. Each p-value
 * counts alike; where the scores are at hand, the test of their sum loses less.
 * Source: Fisher, "Statistical Methods for Research Workers", 4th edition, 1932.
 *
 * @param log10PValues log10 of each p-value, `[tests]`, ≤ 0; -Infinity stands for p = 0. Not retained.
 * @returns log10 of the merged p-value, ≤ 0; 0 for none.
 * @throws {RangeError} if a value is above 0 or NaN.
 */
export function mergeIndependentPValues(log10PValues: readonly number[]): number {
  checkPValues(log10PValues);
  const sum = log10PValues.reduce((total, value) => total - value, 0) * Math.LN10;
  if (sum === Infinity) return -Infinity;
  return log10PValues.length === 0 ? 0 : errUpwards(gammaTailLog10(log10PValues.length, sum));
}

/**
 * Merges p-values by Bonferroni: the smallest one times their number.
 *
 * Assumes nothing of their dependence. To name which hypotheses are false, use Holm's adjusted values instead.
 *
 * @param log10PValues as for {@link mergeIndependentPValues}.
 * @returns log10 of the merged p-value, ≤ 0; 0 for none.
 * @throws {RangeError} if a value is above 0 or NaN.
 */
export function mergePValues(log10PValues: readonly number[]): number {
  checkPValues(log10PValues);
  const least = log10PValues.reduce((a, b) => Math.min(a, b), 0);
  return Math.min(0, least + Math.log10(Math.max(1, log10PValues.length))) + 0;
}

function checkPValues(log10PValues: readonly number[]): void {
  for (const [i, value] of log10PValues.entries()) {
    if (!(value <= 0)) throw new RangeError(`"log10PValues" expected values <= 0, got ${value} at ${i}`);
  }
}
