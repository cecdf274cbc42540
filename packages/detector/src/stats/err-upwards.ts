/** The one place that every reported tail passes: numerical error may make a p-value larger, never smaller. */

/**
 * 1.16e-10 of the logarithm: the tails of this folder are guaranteed to 1e-10 of it. What is left, 1.6e-11 of it, is more than
 * the rounding of a correction that is added afterwards.
 */
export const TAIL_MARGIN: number = 2 ** -33;

/** Tokens up to which the tail of drawn scores keeps that guarantee; beyond, its error grows less than in proportion. */
const DRAWN_SCORES = 100_000;

/** Below this, the smallest normal double, a number of log10 p has no full precision. */
const SMALLEST_NORMAL: number = 2 ** -1022;

/**
 * Moves log10 p towards 0, by more than its numerical error.
 *
 * @param log10PValue log10 of a tail, ≤ 0.
 * @param relative    margin in units of |log10 p|, at least the guaranteed error of the method.
 * @param least       |log10 p| that the margin is taken of at least: 1 for a method whose error does not shrink as p nears 1.
 * @returns a number ≤ 0 that is at least the exact log10 p. 0 (p = 1) and -Infinity (p = 0), which are exact, stay.
 */
export function errUpwards(log10PValue: number, relative: number = TAIL_MARGIN, least = 0): number {
  if (log10PValue === 0 || log10PValue === -Infinity) return log10PValue;
  const moved = log10PValue + relative * Math.max(least, -log10PValue);
  return moved > -SMALLEST_NORMAL ? 0 : moved;
}

/**
 * Returns the margin of the tail of a sum of drawn scores (drawn-scores-law.ts), relative to log10 p.
 *
 * @param draws their number.
 */
export function drawnScoresMargin(draws: number): number {
  return TAIL_MARGIN * Math.max(1, draws / DRAWN_SCORES);
}
