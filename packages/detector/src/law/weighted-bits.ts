import { errUpwards } from '../stats/err-upwards.ts';
import { weightedBitsTailLog10 } from '../stats/weighted-bits-tail.ts';
import type { NullLawOf, SumLaw } from './sum-law.ts';

/**
 * Sums of weighted bits: `tournament`. The bound is that of Hoeffding 1963. The law is nearly normal, so that its cumulants are taken to
 * second order for the tilt.
 */
export function weightedBitsSumLaw({ weights, share }: NullLawOf<'weighted-bits'>): SumLaw {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const squares = weights.reduce((sum, weight) => sum + weight * weight, 0);
  const { ones, of } = share ?? { ones: 1, of: 2 };
  const mean = (total * ones) / of;
  const deviation = (Math.sqrt(squares) * Math.sqrt(ones * (of - ones))) / of;
  return {
    mean,
    deviation,
    tailLog10: (scored, sum) => errUpwards(weightedBitsTailLog10(weights, scored, sum, share)),
    tailBound(scored, sum) {
      const excess = sum - (scored * total * ones) / of;
      return excess <= 0 ? 0 : (-2 * excess * excess) / (scored * squares);
    },
    tilted: (marked) => ({ breakEven: (marked + mean) / 2, slope: (marked - mean) / deviation ** 2 }),
  };
}
