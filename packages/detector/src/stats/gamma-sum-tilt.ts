/**
 * The exponential tilt of a weighted sum of unit exponentials.
 * Source: Chernoff 1952; Daniels, "Saddlepoint Approximations in Statistics", Ann. Math. Statist. 25 (1954).
 */

/**
 * Solves Σ w / (1 - wσ) = mean for the tilt σ < 1 / max w.
 *
 * @param weights at least one, each > 0. Not retained.
 * @param mean    mean of Σ w E under the tilt, E unit exponentials, > 0.
 * @returns σ, of the sign of mean - Σ w, from above and within a few units in the last place of 1 / max w.
 */
export function gammaSumTilt(weights: readonly number[], mean: number): number {
  // At this σ the largest weight's term alone is the mean. The left side is convex, so Newton's method falls to the root.
  let sigma = 1 / weights.reduce((a, b) => Math.max(a, b), 0) - 1 / mean;
  for (;;) {
    let excess = -mean;
    let slope = 0;
    for (const weight of weights) {
      const term = weight / (1 - weight * sigma);
      excess += term;
      slope += term * term;
    }
    const next = sigma - excess / slope;
    if (!(next < sigma) || excess <= 1e-9 * mean) return sigma;
    sigma = next;
  }
}

/**
 * Computes ln E exp(σ Σ w E) for independent unit exponentials E.
 *
 * @param weights as for {@link gammaSumTilt}.
 * @param sigma   < 1 / max w.
 */
export function gammaSumCumulant(weights: readonly number[], sigma: number): number {
  return weights.reduce((sum, weight) => sum - Math.log1p(-weight * sigma), 0);
}
