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
  return pooledChiSquareLog10([{ counts, probs }]);
}

/** The same for draws from several distributions: statistics and degrees of freedom add up. */
export function pooledChiSquareLog10(drawn: readonly Drawn[]): number {
  let [freedom, statistic] = [0, 0];
  for (const { counts, probs } of drawn) {
    const total = counts.reduce((sum, count) => sum + count, 0);
    freedom += counts.length - 1;
    for (const [i, count] of counts.entries()) {
      const expected = total * probs[i]!;
      // Below five expected draws the law of the statistic is not chi-square.
      if (expected < 5) throw new Error(`too few draws expected in category ${i}`);
      statistic += (count - expected) ** 2 / expected;
    }
  }
  if (freedom % 2 !== 0) throw new Error('choose an odd number of categories');
  return gammaTailLog10(freedom / 2, statistic / 2);
}
