import type { NullLaw } from '@countermark/watermark/scheme';
import { nullTailLog10 } from '../law/law-of.ts';
import { rankWindows } from './rank-windows.ts';

/** What the windows of a document say of it, all together. */
export interface StrongestWindow {
  /** How many there are. */
  readonly windows: number;
  /** log10 of the p-value of the strongest, times its factor of the window grid; 0 if there is none. */
  readonly log10PValue: number;
}

/**
 * Tests the windows of a document together, and locates nothing: one bound a window, and one exact tail.
 *
 * H₀: no tuple is marked. P(`log10PValue` ≤ log10 α) ≤ α / 2, as for `searchWindows`: the value is the product of *some* window, and so at
 * least the smallest of all.
 *
 * @param sums Float64Array `[n + 1]`, sums of the first 0 … n scores of the scored tuples, each tuple once. Not retained.
 * @param law  the law of a sum of scores under the null.
 */
export function strongestWindow(sums: Float64Array, law: NullLaw): StrongestWindow {
  const ranking = rankWindows(sums, law);
  const best = ranking.bestWithin({ start: 0, end: sums.length - 1 });
  if (best === undefined) return { windows: ranking.count, log10PValue: 0 };
  const { start, end } = best.range;
  const tail = nullTailLog10(law, end - start, sums[end]! - sums[start]!);
  return { windows: ranking.count, log10PValue: Math.min(0, tail + best.log10Factor) };
}

/**
 * Joins the test of a whole document with that of its windows: half of the level is the whole document's, and so are its odds.
 *
 * @returns log10 of the p-value of both together.
 */
export function joinWholeAndWindows(
  log10Whole: number,
  { windows, log10PValue }: Pick<StrongestWindow, 'windows' | 'log10PValue'>,
): number {
  return windows === 0 ? log10Whole : Math.min(0, log10Whole + Math.log10(2), log10PValue);
}
