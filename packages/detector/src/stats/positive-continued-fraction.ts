/**
 * Continued fractions whose partial numerators and denominators are all positive.
 * Source: Lentz, Applied Optics 15 (1976), as modified by Thompson and Barnett, J. Comput. Phys. 64 (1986).
 */

/** Four units in the last place: below this the product of one step is rounding noise. */
const CONVERGED: number = 4 * Number.EPSILON;

/**
 * Evaluates `b(0) + a(1) / (b(1) + a(2) / (b(2) + …))`.
 *
 * With positive terms consecutive convergents lie on opposite sides of the limit, so the last step bounds the
 * truncation error, and nothing cancels. A numerator of 0 ends the fraction exactly.
 *
 * @param numerator    a(i) for i ≥ 1, > 0, or 0 to end the fraction.
 * @param denominator  b(i) for i ≥ 0, > 0.
 * @returns the limit, > 0, to about 1e-15 relative plus 1e-16 for each square root of the number of steps.
 */
export function positiveContinuedFraction(
  numerator: (i: number) => number,
  denominator: (i: number) => number,
): number {
  let value = denominator(0);
  let c = value;
  let d = 0;
  for (let i = 1; ; i++) {
    const a = numerator(i);
    if (a === 0) return value;
    const b = denominator(i);
    d = 1 / (b + a * d);
    c = b + a / c;
    const step = c * d;
    value *= step;
    if (Math.abs(step - 1) <= CONVERGED) return value;
  }
}
