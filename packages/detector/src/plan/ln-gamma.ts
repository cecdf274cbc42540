/** Coefficients B(2k) / (2k (2k − 1)) of Stirling's series. Source: NIST DLMF 5.11.1. */
const SERIES: readonly number[] = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156];

/** From this modulus on, seven terms of the series are good to 1e-16. */
const LARGE = 12;

/**
 * Computes ln Γ(x + iy) for x > 0: Stirling's series, behind as many steps of Γ(z + 1) = z Γ(z) as it needs.
 *
 * @returns real part, and imaginary part on the branch that is continuous from the real axis.
 */
export function lnGamma(x: number, y: number): [re: number, im: number] {
  let re = 0;
  let im = 0;
  for (; x * x + y * y < LARGE * LARGE; x++) {
    re -= 0.5 * Math.log(x * x + y * y);
    im -= Math.atan2(y, x);
  }
  const lnModulus = 0.5 * Math.log(x * x + y * y);
  const argument = Math.atan2(y, x);
  re += (x - 0.5) * lnModulus - y * argument - x + 0.5 * Math.log(2 * Math.PI);
  im += (x - 0.5) * argument + y * lnModulus - y;
  // The terms c / z^(2k - 1).
  for (const [k, coefficient] of SERIES.entries()) {
    const power = -(2 * k + 1);
    const modulus = coefficient * Math.exp(power * lnModulus);
    re += modulus * Math.cos(power * argument);
    im += modulus * Math.sin(power * argument);
  }
  return [re, im];
}
