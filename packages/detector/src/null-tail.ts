import type { NullLaw } from '@countermark/watermark/scheme';
import { binomialTailLog10 } from './stats/binomial-tail.ts';
import { drawnListsTailLog10 } from './stats/drawn-lists-tail.ts';
import { errUpwards } from './stats/err-upwards.ts';
import { gammaSumTailLog10 } from './stats/gamma-sum-tail.ts';
import { gammaTailLog10 } from './stats/gamma-tail.ts';
import { weightedBitsTailLog10 } from './stats/weighted-bits-tail.ts';

/**
 * Computes log10 P(sum of n scores ≥ `sum`) for text without a mark: exact up to a margin for rounding, or an upper bound of it, and never too small.
 *
 * @param law    the scheme's null law.
 * @param scored number of unique tuples n, integer ≥ 0.
 * @param sum    their summed integer scores.
 * @returns log10 of the p-value, ≤ 0; 0 if nothing was scored.
 */
export function nullTailLog10(law: NullLaw, scored: number, sum: number): number {
  if (scored === 0) return 0;
  switch (law.kind) {
    case 'gamma':
      return errUpwards(gammaTailLog10(scored, sum / law.scale));
    case 'binomial':
      return errUpwards(binomialTailLog10(scored, sum, law.numerator));
    case 'weighted-bits':
      return errUpwards(weightedBitsTailLog10(law.weights, scored, sum, law.share));
    case 'drawn-lists':
      // A bound that has a margin for its own rounding in it.
      return drawnListsTailLog10(law.listed, law.vocabSize, scored, sum);
    case 'gamma-sum':
      return errUpwards(gammaSumTailLog10(law.weights, scored, sum / law.scale));
  }
}
