/** Whether tokens were drawn from a distribution: Pearson's test. */
import { gammaTailLog10 } from '@countermark/detector/stats';

/** A test at this level fails for one in a million correct programs. */
export const LOG10_LEVEL = -6;

/** Draws from one distribution, by outcome. */
export interface Drawn {
  readonly counts: readonly number[];
  readonly probs: readonly number[];
}

/** log10 P(chi-square of an even number of degrees of freedom ≥ Pearson's statistic), exactly a gamma tail. */
export function chiSquareLog10(counts: readonly number[], probs: readonly number[]): number {
  const freedom = counts.length - 1;
  if (freedom % 2 !== 0) throw new Error('choose an odd number of categories');
  const total = counts.reduce((sum, count) => sum + count, 0);
  const statistic = counts.reduce((sum, count, i) => {
    const expected = total * probs[i]!;
    // Below five expected draws the law of the statistic is not chi-square.
    if (expected < 5) throw new Error(`too few draws expected in category ${i}`);
    return sum + (count - expected) ** 2 / expected;
  }, 0);
  return gammaTailLog10(freedom / 2, statistic / 2);
}

