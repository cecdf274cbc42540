/**
 * Bounds of the exact tails that cost a few operations: what ranks the windows before any tail is computed.
 * Source: Chernoff 1952 for the gamma and the binomial law; Hoeffding 1963 for weighted bits.
 */
import { type NullLaw, TWO_32 } from '@countermark/watermark/scheme';

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
    case 'binomial': {
      const q = law.numerator / TWO_32;
      return (scored, sum) => {
        const mean = sum / scored;
        if (mean <= q) return 0;
        const failures = mean < 1 ? (1 - mean) * Math.log((1 - mean) / (1 - q)) : 0;
        return -scored * (mean * Math.log(mean / q) + failures);
      };
    }
    case 'weighted-bits': {
      const total = law.weights.reduce((sum, weight) => sum + weight, 0);
      const squares = law.weights.reduce((sum, weight) => sum + weight * weight, 0);
      return (scored, sum) => {
        const excess = sum - (scored * total) / 2;
        return excess <= 0 ? 0 : (-2 * excess * excess) / (scored * squares);
      };
    }
    default:
      throw new RangeError(`"law" expected a law with a bound, got ${law.kind}`);
  }
}
