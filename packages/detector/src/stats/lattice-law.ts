/** What the tail engine needs to know about an integer-valued sum: its cumulants and its transform. */

/**
 * The law of a sum S of independent integer variables.
 *
 * Write K(z) = ln E[exp(zS)]. Everything is asked for relative to a threshold s, so that an implementation can
 * cancel zs inside K(z) - zs before it rounds; without that a sum of 10^12 would cost six digits.
 */
export interface LatticeLaw {
  /** Smallest and largest value of S, each of positive probability; safe integers. */
  readonly minimum: number;
  readonly maximum: number;
  /** E[S]. */
  readonly mean: number;
  /** ln P(S = maximum). */
  readonly lnMaximumMass: number;
  /** The law of minimum + maximum - S. */
  mirrored(): LatticeLaw;
  /** K(σ) - σs with its derivatives in σ, for real σ ≥ 0. */
  exponentAt(sigma: number, threshold: number): TiltedExponent;
  /** The transform of S - s under the probability tilted by σ > 0. */
  transformAt(sigma: number, threshold: number): TiltedTransform;
}

/** K(σ) - σs, K′(σ) - s and K″(σ). */
export interface TiltedExponent {
  readonly value: number;
  readonly slope: number;
  readonly curvature: number;
}

/** φ(θ) = exp(K(σ + iθ) - K(σ) - iθs), read at the points θ = 2π · node / nodes. */
export interface TiltedTransform {
  /**
   * Writes ln|φ| and arg φ (any branch) to `out[0]` and `out[1]`.
   *
   * @param node   integer in 1 … (nodes - 1) / 2.
   * @param nodes  odd integer below 2^31.
   * @param out    Float64Array `[2]`, overwritten.
   */
  rotate(node: number, nodes: number, out: Float64Array): void;
  /**
   * Says whether |φ(θ)| ≤ exp(-level) is certain for every θ in [from, to], within [0, π].
   *
   * `false` is always a valid answer, and then every node there is evaluated.
   */
  isNegligible(from: number, to: number, level: number): boolean;
}
