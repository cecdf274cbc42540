/**
 * Bounds of the exact tails that cost a few operations: what ranks the windows before any tail is computed.
 * Source: Chernoff 1952 for the gamma and the binomial laws; Hoeffding 1963 for weighted bits, and for counts without replacement
 * (theorem 4: those of the binomial law hold).
 */
import { type NullLaw, TWO_32 } from '@countermark/watermark/scheme';
import { gammaSumCumulant, gammaSumTilt } from '../stats/gamma-sum-tilt.ts';

/** Returns an upper bound of ln P(sum of n scores ≥ `sum`), ≤ 0; 0 at or below the mean. */
export type TailBound = (scored: number, sum: number) => number;

/**
 * Chooses the bound of a law.
 *
 * @param law the scheme's null law.
 */
export function tailBoundOf(law: NullLaw): TailBound {
  switch (law.kind) {
    case 'gamma':
      return (scored, sum) => {
        const mean = sum / (law.scale * scored);
        return mean <= 1 ? 0 : -scored * (mean - 1 - Math.log(mean));
      };
    case 'binomial':
      return countBound(law.numerator / TWO_32);
    case 'drawn-lists':
      return countBound(law.listed / law.vocabSize);
    case 'weighted-bits': {
      const total = law.weights.reduce((sum, weight) => sum + weight, 0);
      const squares = law.weights.reduce((sum, weight) => sum + weight * weight, 0);
      const { ones, of } = law.share ?? { ones: 1, of: 2 };
      return (scored, sum) => {
        const excess = sum - (scored * total * ones) / of;
        return excess <= 0 ? 0 : (-2 * excess * excess) / (scored * squares);
      };
    }
    case 'gamma-sum':
      return gammaSumBound(law.scale, law.weights);
  }
}

function countBound(q: number): TailBound {
  return (scored, sum) => {
    const mean = sum / scored;
    if (mean <= q) return 0;
    const failures = mean < 1 ? (1 - mean) * Math.log((1 - mean) / (1 - q)) : 0;
    return -scored * (mean * Math.log(mean / q) + failures);
  };
}

function gammaSumBound(scale: number, weights: readonly number[]): TailBound {
  const positive = weights.filter((weight) => weight > 0);
  const nullMean = positive.reduce((sum, weight) => sum + weight, 0);
  return (scored, sum) => {
    const mean = sum / (scale * scored);
    if (mean <= nullMean) return 0;
    if (nullMean === 0) return -Infinity;
    const sigma = gammaSumTilt(positive, mean);
    return Math.min(0, scored * (gammaSumCumulant(positive, sigma) - sigma * mean));
  };
}
