/**
 * Family-wise error control over several tests.
 * Source: Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scand. J. Statist. 6 (1979).
 */
import { ascendingOrder } from './ascending-order.ts';

/**
 * Computes Holm's adjusted p-values in the log domain.
 *
 * With p₍₁₎ ≤ … ≤ p₍m₎, the adjusted value of rank i is the maximum over j ≤ i of min(1, (m - j + 1) p₍ⱼ₎).
 * Rejecting where it is at most α keeps the probability of any false rejection at α under every dependence.
 *
 * @param log10PValues  log10 of each p-value, `[tests]`, ≤ 0; -Infinity stands for p = 0. Not retained.
 * @returns log10 of the adjusted p-values, `[tests]`, in the order given, each ≤ 0.
 * @throws {RangeError} if a value is above 0 or NaN.
 */
export function holm(log10PValues: readonly number[]): number[] {
  const order = ascendingOrder(log10PValues);
  const adjusted = new Array<number>(order.length).fill(0);
  let largest = -Infinity;
  for (const [rank, index] of order.entries()) {
    const scaled = log10PValues[index]! + Math.log10(order.length - rank);
    largest = Math.max(largest, Math.min(0, scaled));
    adjusted[index] = largest + 0;
  }
  return adjusted;
}
