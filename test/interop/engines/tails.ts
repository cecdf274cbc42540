/** Null tails computed in other ways than the detector's. */

/** Natural logarithm of P(Gamma(shape, 1) ≥ x) for an integer shape: Σ_{k < shape} e^−x x^k / k!, summed in the log domain. */
export function logGammaTail(shape: number, x: number): number {
  if (shape === 0 || x <= 0) return 0;
  let term = 0;
  const terms = [0];
  for (let k = 1; k < shape; k++) {
    term += Math.log(x / k);
    terms.push(term);
  }
  const peak = Math.max(...terms);
  const sum = terms.reduce((total, value) => total + Math.exp(value - peak), 0);
  return Math.min(0, -x + peak + Math.log(sum));
}

/** P(Binomial(n, 1/2) ≥ hits) as an exact count, relative error 2^-52. */
export function fairTail(hits: number, n: number): number {
  let ways = 1n;
  let sum = 0n;
  for (let k = n; k >= Math.max(0, hits); k--) {
    sum += ways;
    ways = (ways * BigInt(k)) / BigInt(n - k + 1);
  }
  return ratio(sum, 1n << BigInt(n));
}

/** log10 P(Binomial(n, p) ≥ hits), summed in the log domain; p in (0, 1). */
export function log10BinomialTail(hits: number, n: number, p: number): number {
  if (hits <= 0) return 0;
  let term = n * Math.log1p(-p);
  const terms: number[] = [];
  for (let k = 0; k <= n; k++) {
    if (k >= hits) terms.push(term);
    term += Math.log((n - k) / (k + 1)) + Math.log(p) - Math.log1p(-p);
  }
  const peak = Math.max(...terms);
  const sum = terms.reduce((total, value) => total + Math.exp(value - peak), 0);
  return Math.min(0, (peak + Math.log(sum)) * Math.LOG10E);
}

/** The smallest count that Binomial(trials, p) reaches with probability below `level`: where a calibrated test may not get. */
export function criticalCount(trials: number, p: number, level: number): number {
  let count = 0;
  while (log10BinomialTail(count, trials, p) >= Math.log10(level)) count++;
  return count;
}

/**
 * P(Normal ≥ z) by Simpson's rule on [z, z + 40] after the factor e^(−z²/2) is taken out; relative error below 1e-9 for
 * z ≥ −6: steps of 40 / 8000 leave h⁴/180 · 40 · max f⁗ ≈ 1.4e-10 · 40, f having its scale 1 / (1 + z).
 */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const integral = simpson((t) => Math.exp(-t * (z + t / 2)), 0, 40 / Math.max(1, z / 4), 8000);
  return (Math.exp((-z * z) / 2) * integral) / Math.sqrt(2 * Math.PI);
}

/** P(Gamma(shape, 1) ≥ x) for a real shape above 2, as a ratio of two integrals of the density. */
export function gammaTailByIntegral(shape: number, x: number): number {
  const mode = shape - 1;
  const density = (t: number): number => (t <= 0 ? 0 : Math.exp(mode * Math.log(t / mode) - t + mode));
  const width = Math.sqrt(shape);
  const far = (from: number): number => Math.max(from, mode) + 40 * width + 40;
  const above = simpson(density, x, far(x), 40_000);
  return above / simpson(density, 0, far(0), 40_000);
}

/** P((1 − a) X + a Y ≥ s) for independent X, Y ~ Gamma(n, 1): the tail of X given Y, integrated over the density of Y. */
export function weightedGammaTail(a: number, n: number, s: number): number {
  const mode = n - 1;
  const density = (y: number): number => (y <= 0 ? 0 : Math.exp(mode * Math.log(y / mode) - y + mode));
  const far = Math.max(mode, s / Math.max(a, 1 - a)) + 40 * Math.sqrt(n) + 40;
  const tail = (y: number): number => density(y) * Math.exp(logGammaTail(n, (s - a * y) / (1 - a)));
  return simpson(tail, 0, far, 4000) / simpson(density, 0, far, 4000);
}

/** Simpson's rule with an even number of steps. */
function simpson(f: (x: number) => number, from: number, to: number, steps: number): number {
  const step = (to - from) / steps;
  let sum = f(from) + f(to);
  for (let i = 1; i < steps; i++) sum += f(from + i * step) * (i % 2 === 1 ? 4 : 2);
  return (sum * step) / 3;
}

// A quotient of large integers as a double: 64 bits of it are kept.
function ratio(part: bigint, whole: bigint): number {
  if (part === 0n) return 0;
  const shift = Math.max(0, whole.toString(2).length - part.toString(2).length) + 64;
  return (
    Number((part << BigInt(shift)) / whole) * 2 ** -Math.min(shift, 1000) * 2 ** -Math.max(0, shift - 1000)
  );
}
