import { errUpwards } from '../stats/err-upwards.ts';
import { gammaSumTailLog10 } from '../stats/gamma-sum-tail.ts';
import { gammaSumCumulant, gammaSumTilt } from '../stats/gamma-sum-tilt.ts';
import type { NullLawOf, SumLaw } from './sum-law.ts';

/** Weighted sums of several exponential scores a tuple. The bound is that of Chernoff 1952. */
export function gammaSumLaw({ scale, weights }: NullLawOf<'gamma-sum'>): SumLaw {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const squares = weights.reduce((sum, weight) => sum + weight * weight, 0);
  const positive = weights.filter((weight) => weight > 0);
  const positiveMean = positive.reduce((sum, weight) => sum + weight, 0);
  return {
    mean: scale * total,
    deviation: scale * Math.sqrt(squares),
    tailLog10: (scored, sum) => errUpwards(gammaSumTailLog10(weights, scored, sum / scale)),
    tailBound(scored, sum) {
      const mean = sum / (scale * scored);
      if (mean <= positiveMean) return 0;
      if (positiveMean === 0) return -Infinity;
      const sigma = gammaSumTilt(positive, mean);
      return Math.min(0, scored * (gammaSumCumulant(positive, sigma) - sigma * mean));
    },
    tilted(mean) {
      const sigma = gammaSumTilt(positive, mean / scale);
      return { breakEven: (scale * gammaSumCumulant(positive, sigma)) / sigma, slope: sigma / scale };
    },
  };
}
