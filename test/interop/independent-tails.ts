/** Tails by their finite sums, for comparison: nothing here comes from the packages. */

/** ln of n!, by adding logarithms. */
function lnFactorials(n: number): Float64Array {
  const sums = new Float64Array(n + 1);
  for (let k = 1; k <= n; k++) sums[k] = sums[k - 1]! + Math.log(k);
  return sums;
}

function lnSum(terms: readonly number[]): number {
  const most = terms.reduce((a, b) => Math.max(a, b), -Infinity);
  return most === -Infinity
    ? most
    : most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0));
}

/** Computes ln P(Binomial(n, share) ≥ count). */
export function lnBinomialTail(count: number, n: number, share: number): number {
  if (count <= 0) return 0;
  const ln = lnFactorials(n);
  const terms: number[] = [];
  for (let k = count; k <= n; k++) {
    terms.push(ln[n]! - ln[k]! - ln[n - k]! + k * Math.log(share) + (n - k) * Math.log1p(-share));
  }
  return lnSum(terms);
}

/** Computes ln P(Gamma(n, 1) ≥ sum) = ln Σ_{k < n} e^−sum sum^k / k!. */
export function lnGammaTail(sum: number, n: number): number {
  if (n === 0 || sum <= 0) return 0;
  const ln = lnFactorials(n);
  return lnSum(Array.from({ length: n }, (_, k) => k * Math.log(sum) - sum - ln[k]!));
}

/** P(Normal ≥ z), by Simpson's rule on the density: good to 1e-12 for |z| < 8. */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const steps = 4000;
  const width = 12 / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const x = z + i * width;
    sum += (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2) * Math.exp((-x * x) / 2);
  }
  return (sum * width) / 3 / Math.sqrt(2 * Math.PI);
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
