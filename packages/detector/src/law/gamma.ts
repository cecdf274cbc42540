import { errUpwards } from '../stats/err-upwards.ts';
import { gammaTailLog10 } from '../stats/gamma-tail.ts';
import type { NullLawOf, SumLaw } from './sum-law.ts';

/** Sums of exponential scores, rounded down: `gumbel`. The bound is that of Chernoff 1952. */
export function gammaLaw({ scale }: NullLawOf<'gamma'>): SumLaw {
  return {
    mean: scale,
    deviation: scale,
    tailLog10: (scored, sum) => errUpwards(gammaTailLog10(scored, sum / scale)),
    tailBound(scored, sum) {
      const mean = sum / (scale * scored);
      return mean <= 1 ? 0 : -scored * (mean - 1 - Math.log(mean));
    },
    tilted(mean) {
      const ratio = mean / scale;
      return { breakEven: (mean * Math.log(ratio)) / (ratio - 1), slope: (1 - 1 / ratio) / scale };
    },
  };
}
