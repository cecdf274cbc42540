/**
 * Computes log10(part / whole) of two exact counts, 0 < part ≤ whole.
 *
 * A logarithm of b bits carries an error of about b · 2^-53, so counts of 2,000 bits give 1e-12 relative and better.
 */
export function log10Share(part: bigint, whole: bigint): number {
  if (2n * part <= whole) return log10(part) - log10(whole);
  return part === whole ? 0 : Math.log1p(-(10 ** (log10(whole - part) - log10(whole)))) * Math.LOG10E;
}

/** Computes log10 P(S ≥ threshold) from the number of ways of each sum. */
export function countedTail(ways: ReadonlyMap<number, bigint>, threshold: number): number {
  let above = 0n;
  let whole = 0n;
  for (const [sum, count] of ways) {
    whole += count;
    if (sum >= threshold) above += count;
  }
  return above === 0n ? -Infinity : log10Share(above, whole);
}

function log10(count: bigint): number {
  const shift = Math.max(0, count.toString(2).length - 60);
  return Math.log10(Number(count >> BigInt(shift))) + shift * Math.log10(2);
}

/** Number of ways to choose k of n. */
export function choose(n: number, k: number): bigint {
  let ways = 1n;
  for (let i = 1; i <= k; i++) ways = (ways * BigInt(n - k + i)) / BigInt(i);
  return ways;
}
