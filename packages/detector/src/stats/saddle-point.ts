/**
 * The tilt under which a tail is evaluated.
 * Source: Daniels, "Saddlepoint Approximations in Statistics", Ann. Math. Statist. 25 (1954).
 */
import type { LatticeLaw, TiltedExponent } from './lattice-law.ts';

/** A tilt σ > 0 and the exponent K(σ) - σs there. */
export interface SaddlePoint {
  readonly sigma: number;
  readonly exponent: TiltedExponent;
}

/** Any σ gives the exact tail; within this many standard deviations of the saddle no digit is lost. */
const CLOSE = 0.05;

/** The exponent that two inverse standard deviations may have: a normal law's is at most 2 there, and a skewed one's may be anything. */
const HIGHEST = 4;

/**
 * Finds a tilt close to the saddle point K′(σ) = s, yet at least two inverse standard deviations from 0.
 *
 * The distance from 0, where 1 / (1 - exp(-z)) has its pole, keeps the number of nodes at a multiple of the
 * standard deviation; it makes the integrand at most e² times larger than the saddle would. A law so skewed that it would be
 * larger by more gets a smaller tilt.
 *
 * @param law        the law of the sum, not concentrated in one point.
 * @param threshold  s, an integer below the law's maximum.
 * @returns the tilt and the exponent at it.
 */
export function saddlePoint(law: LatticeLaw, threshold: number): SaddlePoint {
  let sigma = 2 / Math.sqrt(law.exponentAt(0, threshold).curvature);
  let exponent = law.exponentAt(sigma, threshold);
  while (exponent.value > HIGHEST) {
    sigma /= 2;
    exponent = law.exponentAt(sigma, threshold);
  }
  if (exponent.slope >= 0) return { sigma, exponent };
  // Newton's method on the increasing slope, kept inside the bracket where it would leave it.
  let below = sigma;
  let above = Infinity;
  while (Math.abs(exponent.slope) > CLOSE * Math.sqrt(exponent.curvature)) {
    if (exponent.slope < 0) below = sigma;
    else above = sigma;
    const next = sigma - exponent.slope / exponent.curvature;
    if (next > below && next < above) sigma = next;
    else sigma = above === Infinity ? 2 * below : (below + above) / 2;
    exponent = law.exponentAt(sigma, threshold);
  }
  return { sigma, exponent };
}
