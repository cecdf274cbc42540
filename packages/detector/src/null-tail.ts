import type { NullLaw } from '@countermark/watermark/scheme';
import { binomialTailLog10 } from './stats/binomial-tail.ts';
import { gammaTailLog10 } from './stats/gamma-tail.ts';
import { weightedBitsTailLog10 } from './stats/weighted-bits-tail.ts';

/**
 * Computes log10 P(sum of n scores ≥ `sum`) for text without a mark; exact up to rounding.
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
      return gammaTailLog10(scored, sum / law.scale);
    case 'binomial':
      return binomialTailLog10(scored, sum, law.numerator);
    case 'weighted-bits':
      return weightedBitsTailLog10(law.weights, scored, sum);
    default:
      throw new RangeError(`"law" expected a law that has a tail, got ${law.kind}`);
  }
}
