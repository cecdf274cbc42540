/**
 * Exact upper tail of the gamma distribution of integer shape: the null law of a sum of unit exponentials.
 * Source: NIST DLMF 8.9.2 (continued fraction) and 8.7.1 (series); Loader 2000 for the prefactor.
 */
import { deviance } from './deviance.ts';
import { log10OfComplement, log10OfTail } from './log10-tail.ts';
import { positiveContinuedFraction } from './positive-continued-fraction.ts';
import { stirlingError } from './stirling-error.ts';

/** Largest shape accepted; near the mean the work grows with its square root (a quarter of a millisecond here). */
const MAX_SHAPE = 1e9;

/**
 * Computes log10 P(Gamma(n, 1) ≥ x), the p-value of a sum of n independent unit exponentials.
 *
 * For integer n this is also P(Poisson(x) ≤ n - 1). At or above the mean the continued fraction gives the tail
 * itself; below it a series of positive terms gives the complement, so that p close to 1 keeps its distance from
 * 1 (results above -2.3e-308, the smallest normal double, may round to 0). Error: at most 1e-10 · |result|.
 *
 * @param n  number of exponentials, integer in 0 … 1e9.
 * @param x  observed sum, finite.
 * @returns log10 of the p-value, ≤ 0; 0 if x ≤ 0, and -Infinity (p = 0, exactly) only if n = 0 and x > 0.
 * @throws {RangeError} if `n` or `x` is out of range.
 */
export function gammaTailLog10(n: number, x: number): number {
  if (!Number.isInteger(n) || n < 0 || n > MAX_SHAPE) {
    throw new RangeError(`"n" expected an integer in 0 … 1e9, got ${n}`);
  }
  if (!Number.isFinite(x)) throw new RangeError(`"x" expected a finite number, got ${x}`);
  if (x <= 0) return 0;
  if (n === 0) return -Infinity;
  const lnSide = lnFarSide(n, x);
  return x < n ? log10OfComplement(lnSide) : log10OfTail(lnSide);
}

/**
 * Computes ln P(Gamma(n, 1) ≥ x).
 *
 * @param n  shape, integer ≥ 1.
 * @param x  > 0.
 */
export function lnGammaTail(n: number, x: number): number {
  const lnSide = lnFarSide(n, x);
  return x < n ? Math.log1p(-Math.exp(lnSide)) : lnSide;
}

/**
 * Computes ln P(Gamma(n, 1) < x).
 *
 * @param n  shape, integer ≥ 1.
 * @param x  > 0.
 */
export function lnGammaHead(n: number, x: number): number {
  const lnSide = lnFarSide(n, x);
  return x < n ? lnSide : Math.log1p(-Math.exp(lnSide));
}

/**
 * Computes ln(x^n e^-x / n!), the Poisson probability of n at mean x.
 *
 * @param n  integer ≥ 1.
 * @param x  > 0.
 */
export function lnPoissonPoint(n: number, x: number): number {
  return -deviance(n, x) - stirlingError(n) - 0.5 * Math.log(2 * Math.PI * n);
}

/** ln of the side that does not hold the mean: P(Gamma(n) < x) for x < n, P(Gamma(n) ≥ x) from there on. */
function lnFarSide(n: number, x: number): number {
  const lnPoint = lnPoissonPoint(n, x);
  if (x < n) return lnPoint + Math.log(lowerSeries(n, x));
  const fraction = positiveContinuedFraction(
    (i) => i * (n - i),
    (i) => x - n + 2 * i + 1,
  );
  return lnPoint + Math.log(n / fraction);
}

/** 1 + x/(n+1) + x²/((n+1)(n+2)) + …: P(Gamma(n) < x) over the Poisson point probability, for x < n. */
function lowerSeries(n: number, x: number): number {
  let sum = 1;
  let term = 1;
  for (let i = 1; ; i++) {
    term *= x / (n + i);
    // The ratios fall, so what is left is below term · ratio / (1 - ratio) = term · x / (n + i - x).
    if (term * x < 1e-16 * sum * (n + i - x)) return sum + term;
    sum += term;
  }
}
