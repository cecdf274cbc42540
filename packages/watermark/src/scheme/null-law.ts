/**
 * What a sum of scores is compared with when no mark is there, as data: docs/spec.md section 6.
 *
 * The watermark states its null law; the detector computes the tail.
 */
export type SchemeLaw =
  /** The sum over n tuples, divided by `scale`, is at most Gamma(n, 1). */
  | { readonly kind: 'gamma'; readonly scale: number }
  /** The sum over n tuples is Binomial(n, numerator / 2^32). */
  | { readonly kind: 'binomial'; readonly numerator: number }
  /**
   * The sum over n tuples is Σ weights[l] B, with n independent bits B of each weight: fair ones, or ones with probability
   * ones / of.
   */
  | {
      readonly kind: 'weighted-bits';
      readonly weights: Uint32Array;
      readonly share?: { readonly ones: number; readonly of: number };
    };

/** The law of one of our schemes, or of somebody else's mark: docs/interop.md. */
export type NullLaw =
  | SchemeLaw
  /**
   * The sum over n tuples counts tokens on lists of `listed` of `vocabSize` ids, each list a uniformly random subset; several
   * tuples may share a list, so their indicators are drawn without replacement.
   */
  | { readonly kind: 'drawn-lists'; readonly listed: number; readonly vocabSize: number }
  /** The sum over n tuples, divided by `scale`, is at most Σ_i weights[i] G_i, with independent G_i ~ Gamma(n, 1). */
  | { readonly kind: 'gamma-sum'; readonly scale: number; readonly weights: readonly number[] };
