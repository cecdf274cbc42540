/**
 * What a sum of scores is compared with when no mark is there, as data: docs/spec.md section 6.
 *
 * The watermark states its null law; the detector computes the tail.
 */
export type NullLaw =
  /** The sum over n tuples, divided by `scale`, is at most Gamma(n, 1). */
  | { readonly kind: 'gamma'; readonly scale: number }
  /** The sum over n tuples is Binomial(n, numerator / 2^32). */
  | { readonly kind: 'binomial'; readonly numerator: number }
  /** The sum over n tuples is Σ weights[l] B, with n independent fair bits B of each weight. */
  | { readonly kind: 'weighted-bits'; readonly weights: Uint32Array };
