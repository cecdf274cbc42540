/**
 * Binomial point probabilities by the saddle-point expansion.
 * Source: Catherine Loader, "Fast and Accurate Computation of Binomial Probabilities", 2000.
 */
import { deviance } from './deviance.ts';
import { stirlingError } from './stirling-error.ts';

/**
 * Computes ln P(Bin(n, q) = k).
 *
 * @param n       number of trials, positive integer.
 * @param k       number of successes, integer in 0 … n.
 * @param q       success probability, in (0, 1).
 * @param failure 1 - q, given apart so that neither loses digits.
 * @returns the logarithm in nats, to about 1e-15 relative or 1e-13 absolute, whichever is larger.
 */
export function lnBinomialPoint(n: number, k: number, q: number, failure: number): number {
  if (k === 0) return n * lnProbability(failure, q);
  if (k === n) return n * lnProbability(q, failure);
  return (
    stirlingError(n) -
    stirlingError(k) -
    stirlingError(n - k) -
    deviance(k, n * q) -
    deviance(n - k, n * failure) -
    0.5 * Math.log(2 * Math.PI * k * ((n - k) / n))
  );
}

/** ln(probability), through whichever of the probability and its complement is smaller. */
function lnProbability(probability: number, complement: number): number {
  return probability > 0.5 ? Math.log1p(-complement) : Math.log(probability);
}
