/**
 * The error of Stirling's formula, which is all that a saddle-point prefactor needs of the factorial.
 * Source: Loader 2000 (there `stirlerr`); NIST DLMF 5.11.1 for the series.
 */

const HALF_LN_TWO_PI: number = 0.5 * Math.log(2 * Math.PI);

/** From here on the first omitted term, 691 / (360360 n¹¹), is below 2e-16. */
const SERIES_FROM = 15;

/**
 * Computes `ln n! - ((n + 1/2) ln n - n + ln(2π) / 2)`.
 *
 * Below 15 the factorial is an exact double and the definition is used as it stands.
 *
 * @param n  positive integer.
 * @returns the error in nats, in (0, 0.082), to 2e-14 absolute.
 */
export function stirlingError(n: number): number {
  if (n < SERIES_FROM) {
    let factorial = 1;
    for (let i = 2; i <= n; i++) factorial *= i;
    return Math.log(factorial) - (n + 0.5) * Math.log(n) + n - HALF_LN_TWO_PI;
  }
  const r = 1 / (n * n);
  return (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / n;
}
