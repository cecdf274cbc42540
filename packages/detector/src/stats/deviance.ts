/**
 * The deviance that carries the exponent of Poisson and binomial probabilities.
 * Source: Catherine Loader, "Fast and Accurate Computation of Binomial Probabilities", 2000 (there `bd0`).
 */

/**
 * Computes `x ln(x / mean) + mean - x` without cancellation where `x` is close to `mean`.
 *
 * With v = (x - mean) / (x + mean), ln(x / mean) = 2 artanh(v), so the deviance is
 * (x - mean) v + 2 x v (v²/3 + v⁴/5 + …). The series is used for |v| < 0.1, where it ends within ten terms.
 *
 * @param x     observed count, > 0.
 * @param mean  its expectation, > 0.
 * @returns the deviance in nats, ≥ 0, to a few units in the last place.
 */
export function deviance(x: number, mean: number): number {
  const difference = x - mean;
  const v = difference / (x + mean);
  if (Math.abs(v) >= 0.1) return x * Math.log(x / mean) - difference;
  const square = v * v;
  let power = 2 * x * v;
  let sum = difference * v;
  for (let odd = 3; ; odd += 2) {
    power *= square;
    const next = sum + power / odd;
    if (next === sum) return sum;
    sum = next;
  }
}
