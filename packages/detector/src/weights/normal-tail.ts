/**
 * Tail of the standard normal distribution relative to its density.
 * Source: NIST DLMF 7.9.3 (continued fraction) and 7.6.2 (series).
 */

/** Above this the continued fraction is used; below it the series loses at most four digits. */
const FAR = 3;
/** Terms of the fraction; at {@link FAR} its error is below 1e-12. */
const TERMS = 100;

/**
 * Computes Mills' ratio P(Z > z) / φ(z) for a standard normal Z.
 *
 * @param z finite, ≥ -3.
 * @returns the ratio, with a relative error of at most 1e-11.
 */
export function millsRatio(z: number): number {
  if (z > FAR) {
    let fraction = z;
    for (let i = TERMS; i >= 1; i--) fraction = z + i / fraction;
    return 1 / fraction;
  }
  // P(0 < Z < z) / φ(z) = z + z³/3 + z⁵/15 + …
  let sum = 0;
  let term = z;
  for (let i = 1; sum + term !== sum; i++) {
    sum += term;
    term *= (z * z) / (2 * i + 1);
  }
  return Math.sqrt(Math.PI / 2) * Math.exp((z * z) / 2) - sum;
}
