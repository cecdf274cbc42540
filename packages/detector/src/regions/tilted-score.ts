import { type NullLaw, TWO_32 } from '@countermark/watermark/scheme';

/** What one score says for a mark: `slope` · (score − `breakEven`) nats. */
export interface TiltedScore {
  /** The integer score that speaks for neither. */
  readonly breakEven: number;
  /** Nats for each unit of the score above it, > 0. */
  readonly slope: number;
}

/**
 * Describes the log-likelihood ratio of one score between the null law, tilted until its mean is the one observed, and the
 * null law itself: θ s − K(θ) with K′(θ) = mean.
 *
 * For weighted bits, whose law is nearly normal, K is taken to second order.
 *
 * @param law    the scheme's null law.
 * @param scored number of tuples, integer ≥ 1.
 * @param sum    their summed scores, above the mean under the null.
 */
export function tiltedScore(law: NullLaw, scored: number, sum: number): TiltedScore {
  switch (law.kind) {
    case 'gamma': {
      const mean = sum / (law.scale * scored);
      return {
        breakEven: (law.scale * mean * Math.log(mean)) / (mean - 1),
        slope: (1 - 1 / mean) / law.scale,
      };
    }
    case 'binomial': {
      const q = law.numerator / TWO_32;
      // Half a failure more than there were at the least, so that no failure at all leaves the slope finite.
      const mean = Math.min(sum / scored, 1 - 0.5 / (scored + 1));
      const slope = Math.log((mean * (1 - q)) / (q * (1 - mean)));
      return { breakEven: Math.log((1 - q) / (1 - mean)) / slope, slope };
    }
    case 'weighted-bits': {
      const total = law.weights.reduce((acc, weight) => acc + weight, 0);
      const squares = law.weights.reduce((acc, weight) => acc + weight * weight, 0);
      const mean = sum / scored;
      return { breakEven: (mean + total / 2) / 2, slope: (mean - total / 2) / (squares / 4) };
    }
  }
}
