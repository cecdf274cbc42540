/** Tails that tests compare with, by plain sums and integrals: nothing here comes from the packages. */

/** ln P(Binomial(n, share) ≥ count), from the recurrence of the density; share in (0, 1). */
export function lnBinomialTail(count: number, n: number, share: number): number {
  if (count <= 0) return 0;
  const odds = Math.log(share) - Math.log1p(-share);
  let term = n * Math.log1p(-share);
  const terms: number[] = [];
  for (let k = 1; k <= n; k++) {
    term += Math.log((n - k + 1) / k) + odds;
    if (k >= count) terms.push(term);
  }
  return Math.min(0, lnSum(terms));
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

/** The smallest count that Binomial(trials, share) reaches with probability below `level`: where a calibrated test may not get. */
export function criticalCount(trials: number, share: number, level: number): number {
  let count = 0;
  while (lnBinomialTail(count, trials, share) >= Math.log(level)) count++;
  return count;
}

/** ln P(Gamma(n, 1) ≥ sum) = ln Σ_{k < n} e^−sum sum^k / k! for an integer n. */
export function lnGammaTail(sum: number, n: number): number {
  if (n === 0 || sum <= 0) return 0;
  let term = -sum;
  const terms = [term];
  for (let k = 1; k < n; k++) {
    term += Math.log(sum / k);
    terms.push(term);
  }
  return Math.min(0, lnSum(terms));
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
  const tail = (y: number): number => density(y) * Math.exp(lnGammaTail((s - a * y) / (1 - a), n));
  return simpson(tail, 0, far, 4000) / simpson(density, 0, far, 4000);
}

/**
 * Computes P(Σ weights[l] B ≥ sum) for n independent bits of each weight with probability `share`, by convolution of all of
 * them one by one.
 *
 * @returns Float64Array, at index `sum`.
 */
export function bitsTails(weights: readonly number[], n: number, share: number): Float64Array {
  let masses = Float64Array.of(1);
  for (let bit = 0; bit < n * weights.length; bit++) {
    const weight = weights[bit % weights.length]!;
    const next = new Float64Array(masses.length + weight);
    for (let i = 0; i < masses.length; i++) {
      next[i]! += masses[i]! * (1 - share);
      next[i + weight]! += masses[i]! * share;
    }
    masses = next;
  }
  for (let sum = masses.length - 2; sum >= 0; sum--) masses[sum]! += masses[sum + 1]!;
  return masses;
}

/** Standard deviations above the mean share of green tokens: the peers' effect size. */
export function zScore(green: number, scored: number, share: number): number {
  return (green - share * scored) / Math.sqrt(scored * share * (1 - share));
}

function lnSum(terms: readonly number[]): number {
  const most = terms.reduce((a, b) => Math.max(a, b), -Infinity);
  return most === -Infinity
    ? most
    : most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0));
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
