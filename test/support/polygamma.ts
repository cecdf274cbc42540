/**
 * Digamma and trigamma by recurrence and asymptotic series (NIST DLMF 5.5.2, 5.11.2, 5.15.8); 1e-12 for x ≥ 1.
 */

/** Returns ψ(x), x ≥ 1. */
export function digamma(x: number): number {
  let shift = 0;
  for (; x < 12; x++) shift -= 1 / x;
  const y = 1 / (x * x);
  return (
    shift + Math.log(x) - 0.5 / x - y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y / 132))))
  );
}

/** Returns ψ′(x), x ≥ 1. */
export function trigamma(x: number): number {
  let shift = 0;
  for (; x < 12; x++) shift += 1 / (x * x);
  const y = 1 / (x * x);
  return (
    shift + 1 / x + 0.5 * y + (y / x) * (1 / 6 - y * (1 / 30 - y * (1 / 42 - y * (1 / 30 - (5 * y) / 66))))
  );
}
