import { type NullLaw, TWO_32 } from '@countermark/watermark/scheme';
import { gammaSumCumulant, gammaSumTilt } from '../stats/gamma-sum-tilt.ts';

/** What one score says for a mark: `slope` · (score − `breakEven`) nats. */
export interface TiltedScore {
  /** The integer score that speaks for neither. */
  readonly breakEven: number;
  /** Nats for each unit of the score above it, > 0. */
  readonly slope: number;
}

/** Mean and standard deviation of one score under the null. */
export interface NullMoments {
  readonly mean: number;
  readonly deviation: number;
}

/** Returns the moments of one score. */
export function nullMoments(law: NullLaw): NullMoments {
  switch (law.kind) {
    case 'gamma':
      return { mean: law.scale, deviation: law.scale };
    case 'binomial':
    case 'drawn-lists': {
      const q = successOf(law);
      return { mean: q, deviation: Math.sqrt(q * (1 - q)) };
    }
    case 'weighted-bits': {
      const total = law.weights.reduce((sum, weight) => sum + weight, 0);
      const squares = law.weights.reduce((sum, weight) => sum + weight * weight, 0);
      const { ones, of } = law.share ?? { ones: 1, of: 2 };
      return {
        mean: (total * ones) / of,
        deviation: (Math.sqrt(squares) * Math.sqrt(ones * (of - ones))) / of,
      };
    }
    case 'gamma-sum': {
      const total = law.weights.reduce((sum, weight) => sum + weight, 0);
      const squares = law.weights.reduce((sum, weight) => sum + weight * weight, 0);
      return { mean: law.scale * total, deviation: law.scale * Math.sqrt(squares) };
    }
  }
}

function successOf(law: NullLaw & { readonly kind: 'binomial' | 'drawn-lists' }): number {
  return law.kind === 'binomial' ? law.numerator / TWO_32 : law.listed / law.vocabSize;
}

/**
 * Describes the log-likelihood ratio of one score between the null law tilted to a larger mean and the null law itself:
 * θ s − K(θ) with K′(θ) = mean.
 *
 * For weighted bits, whose law is nearly normal, K is taken to second order. A binomial mean is kept below 1. Counts without
 * replacement are taken for binomial ones.
 *
 * @param law  the scheme's null law.
 * @param mean mean score of a marked tuple, above the mean under the null.
 */
export function tiltedScore(law: NullLaw, mean: number): TiltedScore {
  switch (law.kind) {
    case 'gamma': {
      const ratio = mean / law.scale;
      return { breakEven: (mean * Math.log(ratio)) / (ratio - 1), slope: (1 - 1 / ratio) / law.scale };
    }
    case 'binomial':
    case 'drawn-lists': {
      const q = successOf(law);
      // At least a twentieth of the failures remains, so that none at all leaves the slope finite.
      const marked = Math.min(mean, 1 - (1 - q) / 20);
      const slope = Math.log((marked * (1 - q)) / (q * (1 - marked)));
      return { breakEven: Math.log((1 - q) / (1 - marked)) / slope, slope };
    }
    case 'weighted-bits': {
      const { mean: nullMean, deviation } = nullMoments(law);
      return { breakEven: (mean + nullMean) / 2, slope: (mean - nullMean) / deviation ** 2 };
    }
    case 'gamma-sum': {
      const positive = law.weights.filter((weight) => weight > 0);
      const sigma = gammaSumTilt(positive, mean / law.scale);
      return { breakEven: (law.scale * gammaSumCumulant(positive, sigma)) / sigma, slope: sigma / law.scale };
    }
  }
}
