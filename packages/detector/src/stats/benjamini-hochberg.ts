/**
 * False discovery rate control over many tests.
 * Source: Benjamini and Hochberg, "Controlling the False Discovery Rate", J. R. Statist. Soc. B 57 (1995).
 */
import { ascendingOrder } from './ascending-order.ts';

/**
 * Computes Benjamini–Hochberg adjusted p-values (q-values) in the log domain.
 *
 * With p₍₁₎ ≤ … ≤ p₍m₎, the adjusted value of rank i is the minimum over j ≥ i of min(1, m p₍ⱼ₎ / j). Rejecting
 * where it is at most α keeps the expected share of false rejections at α for independent or positively
 * regression-dependent tests.
 *
 * @param log10PValues  log10 of each p-value, `[tests]`, ≤ 0; -Infinity stands for p = 0. Not retained.
 * @returns log10 of the q-values, `[tests]`, in the order given, each ≤ 0.
 * @throws {RangeError} if a value is above 0 or NaN.
 */
export function benjaminiHochberg(log10PValues: readonly number[]): number[] {
  const order = ascendingOrder(log10PValues);
  const tests = order.length;
  const adjusted = new Array<number>(tests).fill(0);
  let smallest = 0;
  for (let rank = tests; rank >= 1; rank--) {
    const index = order[rank - 1]!;
    smallest = Math.min(smallest, log10PValues[index]! + Math.log10(tests / rank));
    adjusted[index] = smallest + 0;
  }
  return adjusted;
}
