/** An e-value from a p-value, for tests that have no likelihood ratio. */

/** Below this many nats the e-value is summed as a series; above, the exponential carries it. */
const SERIES_BELOW = 1;

/**
 * Converts a p-value to an e-value, E = (1 - p + p ln p) / (p (ln p)²).
 *
 * That is the mean of κ p^(κ - 1) over κ uniform on (0, 1), each of which has mean 1 for a uniform p and falls in p, so E is valid for
 * every p-value. It is ½ at p = 1, and 1 / (p (ln p)²) up to a factor that tends to 1 as p falls. Fixed beforehand and read once: unlike
 * the evidence that is gathered token by token it may not be looked at while text arrives.
 * Source: Vovk, Wang, "E-values: Calibration, combination and applications", Ann. Statist. 49 (2021), section 2.
 *
 * @param log10PValue log10 of the p-value, ≤ 0; -Infinity stands for p = 0.
 * @returns log10 of the e-value, at least log10 ½; Infinity for p = 0.
 * @throws {RangeError} if the value is above 0 or NaN.
 */
export function eValueOfPValue(log10PValue: number): number {
  if (!(log10PValue <= 0)) throw new RangeError(`"log10PValue" expected a value <= 0, got ${log10PValue}`);
  if (log10PValue === -Infinity) return Infinity;
  // With L = -ln p, E = (e^L - 1 - L) / L².
  const nats = -log10PValue * Math.LN10;
  if (nats < SERIES_BELOW) return Math.log10(scaledSeries(nats));
  return -log10PValue + (Math.log1p(-(1 + nats) * Math.exp(-nats)) - 2 * Math.log(nats)) * Math.LOG10E;
}

/** (e^x - 1 - x) / x² = 1/2! + x/3! + x²/4! + …, for 0 ≤ x ≤ 1. */
function scaledSeries(x: number): number {
  let term = 0.5;
  let sum = 0;
  for (let i = 3; sum + term !== sum; i++) {
    sum += term;
    term *= x / i;
  }
  return sum;
}
