/** The last step of every tail: from a natural logarithm of one side to log10 of the p-value. */

/**
 * Converts ln p to log10 p.
 *
 * @param lnTail  ln of the tail itself, ≤ 0.
 * @returns log10 p, never -0.
 */
export function log10OfTail(lnTail: number): number {
  return lnTail * Math.LOG10E + 0;
}

/**
 * Converts the logarithm of the complement, ln(1 - p), to log10 p.
 *
 * Keeps relative accuracy as p tends to 1; where 1 - p is below the smallest double the result is 0.
 *
 * @param lnComplement  ln(1 - p), < 0 and not close to 0.
 * @returns log10 p, never -0.
 */
export function log10OfComplement(lnComplement: number): number {
  return Math.log1p(-Math.exp(lnComplement)) * Math.LOG10E + 0;
}
