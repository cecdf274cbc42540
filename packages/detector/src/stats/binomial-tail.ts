/**
 * Exact upper tail of the binomial distribution: the null law of a green-list count.
 * Source: NIST DLMF 8.17.5 and the even part of the continued fraction 8.17.22, in the positive form of
 * DiDonato and Morris, ACM TOMS 18 (1992); Loader 2000 for the prefactor.
 */
import { lnBinomialPoint } from './binomial-point.ts';
import { log10OfComplement, log10OfTail } from './log10-tail.ts';
import { positiveContinuedFraction } from './positive-continued-fraction.ts';

const TWO_POW_32: number = 2 ** 32;

/** Largest number of trials accepted; near the mean the work grows with its square root (tens of microseconds here). */
const MAX_TRIALS = 1e9;

/** A tail above e^-0.5 is obtained from its complement, so that p close to 1 keeps its distance from 1. */
const LN_LARGE = -0.5;

/**
 * Computes log10 P(Bin(n, q) ≥ k) for q = numerator / 2^32 exactly.
 *
 * The side away from the mean is evaluated, the other one as its complement. Results above -2.3e-308, the
 * smallest normal double, may round to 0. Error: at most 1e-10 · |result|.
 *
 * @param n          number of trials, integer in 0 … 1e9.
 * @param k          observed successes, safe integer.
 * @param numerator  success probability in units of 2^-32, integer in 1 … 2^32 - 1.
 * @returns log10 of the p-value, ≤ 0; 0 if k ≤ 0, and -Infinity (p = 0, exactly) if k > n.
 * @throws {RangeError} if an argument is out of range.
 */
export function binomialTailLog10(n: number, k: number, numerator: number): number {
  if (!Number.isInteger(n) || n < 0 || n > MAX_TRIALS) {
    throw new RangeError(`"n" expected an integer in 0 … 1e9, got ${n}`);
  }
  if (!Number.isSafeInteger(k)) throw new RangeError(`"k" expected a safe integer, got ${k}`);
  if (!Number.isInteger(numerator) || numerator < 1 || numerator >= TWO_POW_32) {
    throw new RangeError(`"numerator" expected an integer in 1 … 2^32 - 1, got ${numerator}`);
  }
  if (k <= 0) return 0;
  if (k > n) return -Infinity;
  const q = numerator / TWO_POW_32;
  const failure = (TWO_POW_32 - numerator) / TWO_POW_32;
  if (k > n * q) {
    // The median is within 1 of the mean, so a large tail here means k = ⌈nq⌉, where both sides converge.
    const lnTail = lnFarTail(n, k, q, failure);
    if (lnTail <= LN_LARGE) return log10OfTail(lnTail);
  }
  return log10OfComplement(lnFarTail(n, n - k + 1, failure, q));
}

/**
 * ln P(Bin(n, q) ≥ k) = ln I_q(a, b) with a = k, b = n - k + 1, for k + 1 > (n + 1) q, where every term of the
 * fraction is positive. It ends at i = b at the latest.
 */
function lnFarTail(n: number, k: number, q: number, failure: number): number {
  const b = n - k + 1;
  // k + 1 - (n + 1) q, through the smaller of q and 1 - q.
  const lead = q <= 0.5 ? k + 1 - (n + 1) * q : (n + 1) * failure - (n - k);
  const fraction = positiveContinuedFraction(
    (i) => {
      const x = q / (k + 2 * i - 1);
      return (k + i - 1) * x * (n + i) * x * i * (b - i);
    },
    (i) => {
      const inner = i === 0 ? 0 : i + (i * (b - i) * q) / (k + 2 * i - 1);
      return inner + ((k + i) * (lead + i * (1 + failure))) / (k + 2 * i + 1);
    },
  );
  return lnBinomialPoint(n, k, q, failure) + Math.log((failure * k) / fraction);
}
