/** Counts of listed tokens, drawn independently or without replacement. */
import { TWO_32 } from '@countermark/watermark/scheme';
import { binomialTailLog10 } from '../stats/binomial-tail.ts';
import { drawnListsTailLog10 } from '../stats/drawn-lists-tail.ts';
import { errUpwards } from '../stats/err-upwards.ts';
import type { NullLawOf, SumLaw } from './sum-law.ts';

/** Independent counts: `green-list`. */
export function binomialLaw({ numerator }: NullLawOf<'binomial'>): SumLaw {
  return countLaw(numerator / TWO_32, (scored, sum) => errUpwards(binomialTailLog10(scored, sum, numerator)));
}

/** Counts on lists of a fixed size, whose tuples may share a list. */
export function drawnListsLaw({ listed, vocabSize }: NullLawOf<'drawn-lists'>): SumLaw {
  // This tail is a bound that has a margin for its own rounding in it.
  return countLaw(listed / vocabSize, (scored, sum) => drawnListsTailLog10(listed, vocabSize, scored, sum));
}

// Moments, bound and tilt are the binomial law's. The bound, that of Chernoff 1952, holds without replacement too: Hoeffding 1963, theorem 4.
function countLaw(q: number, tailLog10: SumLaw['tailLog10']): SumLaw {
  return {
    mean: q,
    deviation: Math.sqrt(q * (1 - q)),
    tailLog10,
    tailBound(scored, sum) {
      const mean = sum / scored;
      if (mean <= q) return 0;
      const failures = mean < 1 ? (1 - mean) * Math.log((1 - mean) / (1 - q)) : 0;
      return -scored * (mean * Math.log(mean / q) + failures);
    },
    tilted(mean) {
      // At least a twentieth of the failures remains, so that none at all leaves the slope finite.
      const marked = Math.min(mean, 1 - (1 - q) / 20);
      const slope = Math.log((marked * (1 - q)) / (q * (1 - marked)));
      return { breakEven: Math.log((1 - q) / (1 - marked)) / slope, slope };
    },
  };
}
