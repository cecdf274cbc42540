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

/** Draws of one kind: in how many ways one of them has each score. A score may be there several times. */
export interface DrawnKind {
  readonly scores: readonly number[];
  /** Integers ≥ 0; default one way each. */
  readonly ways?: readonly number[];
  /** Number of draws. */
  readonly count: number;
}

/**
 * Counts in how many ways draws have each sum, exactly.
 *
 * Kinds are polynomials with a coefficient for each score, and the numbers of ways the coefficients of their product. Each polynomial is
 * one integer, its value at a power of two above all coefficients (Kronecker's substitution), so that nothing but integers is multiplied.
 */
export function countWays(kinds: readonly DrawnKind[]): Map<number, bigint> {
  let bits = 1;
  for (const { scores, ways, count } of kinds) {
    const all = ways === undefined ? scores.length : ways.reduce((sum, each) => sum + each, 0);
    bits += count * Math.log2(all);
  }
  // Hexadecimal digits of a coefficient: none is above the number of all outcomes.
  const digits = Math.ceil(bits / 4);
  let product = 1n;
  let least = 0;
  for (const { scores, ways, count } of kinds) {
    const lowest = Math.min(...scores);
    let kind = 0n;
    for (const [i, score] of scores.entries())
      kind += BigInt(ways?.[i] ?? 1) << BigInt(4 * digits * (score - lowest));
    product *= kind ** BigInt(count);
    least += lowest * count;
  }
  const written = product.toString(16);
  const found = new Map<number, bigint>();
  for (let end = written.length, sum = least; end > 0; end -= digits, sum++) {
    const held = BigInt(`0x${written.slice(Math.max(0, end - digits), end)}`);
    if (held > 0n) found.set(sum, held);
  }
  return found;
}
