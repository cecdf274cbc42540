/** Tails that tests compare with, by plain summation. */

/** P(Binomial(n, share) ≥ k): terms from the recurrence of the density, each good to some 1e-13. */
export function binomialTail(n: number, share: number, k: number): number {
  // Log of the density at 0, then up: no term is lost for the n of these tests.
  let logTerm = n * Math.log1p(-share);
  let tail = k <= 0 ? Math.exp(logTerm) : 0;
  for (let i = 1; i <= n; i++) {
    logTerm += Math.log((n - i + 1) / i) + Math.log(share / (1 - share));
    if (i >= k) tail += Math.exp(logTerm);
  }
  return Math.min(1, tail);
}

/**
 * P(Normal ≥ z), to 1e-9 relative: Simpson's rule over eight units of the density divided by its value at z, in 4,000 steps.
 */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const steps = 4000;
  const width = 8 / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const x = i * width;
    sum += (i === 0 || i === steps ? 1 : 2 + 2 * (i % 2)) * Math.exp(-x * z - (x * x) / 2);
  }
  return (Math.exp((-z * z) / 2) * sum * width) / 3 / Math.sqrt(2 * Math.PI);
}

/** Standard deviations above the mean share of green tokens: the peers' effect size. */
export function zScore(green: number, scored: number, share: number): number {
  return (green - share * scored) / Math.sqrt(scored * share * (1 - share));
}
