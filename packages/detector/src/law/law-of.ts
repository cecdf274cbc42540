import type { NullLaw } from '@countermark/watermark/scheme';
import { binomialLaw, drawnListsLaw } from './counts.ts';
import { gammaLaw } from './gamma.ts';
import { gammaSumLaw } from './gamma-sum.ts';
import type { NullLawOf, SumLaw } from './sum-law.ts';
import { weightedBitsSumLaw } from './weighted-bits.ts';

const LAWS: { readonly [K in NullLaw['kind']]: (law: NullLawOf<K>) => SumLaw } = {
  gamma: gammaLaw,
  binomial: binomialLaw,
  'weighted-bits': weightedBitsSumLaw,
  'drawn-lists': drawnListsLaw,
  'gamma-sum': gammaSumLaw,
};

/** Opens a null law. */
export function lawOf(law: NullLaw): SumLaw {
  return (LAWS[law.kind] as (law: NullLaw) => SumLaw)(law);
}

/**
 * Computes log10 P(sum of n scores ≥ `sum`) for text without a mark: exact up to a margin for rounding, or an upper bound of it, and never too small.
 *
 * @param law    the scheme's null law.
 * @param scored number of unique tuples n, integer ≥ 0.
 * @param sum    their summed integer scores.
 * @returns log10 of the p-value, ≤ 0; 0 if nothing was scored.
 */
export function nullTailLog10(law: NullLaw, scored: number, sum: number): number {
  return scored === 0 ? 0 : lawOf(law).tailLog10(scored, sum);
}
