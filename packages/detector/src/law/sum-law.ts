/** What is asked of the law of a sum of scores under the null; one file of this folder answers for each kind. */
import type { NullLaw } from '@countermark/watermark/scheme';

/** A null law of one kind, as the watermark states it. */
export type NullLawOf<K extends NullLaw['kind']> = Extract<NullLaw, { readonly kind: K }>;

/** What one score says for a mark: `slope` · (score − `breakEven`) nats. */
export interface TiltedScore {
  /** The integer score that speaks for neither. */
  readonly breakEven: number;
  /** Nats for each unit of the score above it, > 0. */
  readonly slope: number;
}

/** The law of the sum of n integer scores of unmarked tuples. */
export interface SumLaw {
  /** Mean of one score. */
  readonly mean: number;
  /** Standard deviation of one score. */
  readonly deviation: number;
  /**
   * Computes log10 P(sum of n scores ≥ `sum`), ≤ 0: exact up to a margin for rounding, or an upper bound, and never too small.
   *
   * @param scored number of unique tuples n, integer ≥ 1.
   */
  tailLog10(scored: number, sum: number): number;
  /**
   * Bounds ln P(sum of n scores ≥ `sum`) from above in a few operations, ≤ 0; 0 at or below the mean. It ranks windows before any
   * tail is computed, and no p-value rests on it.
   */
  tailBound(scored: number, sum: number): number;
  /**
   * Describes the log-likelihood ratio of one score between this law tilted to a larger mean and the law itself: θ s − K(θ) with
   * K′(θ) = mean. It divides documents into stretches, and no p-value rests on it.
   *
   * @param mean mean score of a marked tuple, above {@link SumLaw.mean}.
   */
  tilted(mean: number): TiltedScore;
}
