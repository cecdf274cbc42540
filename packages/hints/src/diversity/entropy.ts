/**
 * Estimates the entropy of a law from draws, in bits.
 *
 * The plain estimate is far too low where most values were drawn once. This one allows for the values that were not drawn.
 * Source: Chao, Shen, "Nonparametric estimation of Shannon's index of diversity when there are unseen species in sample",
 * Environ. Ecol. Stat. 10 (2003): coverage C = 1 − f₁/n, and −Σ C p̂ log(C p̂) / (1 − (1 − C p̂)^n).
 *
 * @param values what was drawn, at least one.
 * @returns ≥ 0. If all values differ, coverage is taken as 1/n, and the figure says little more than "large".
 */
export function estimateEntropy(values: readonly string[]): number {
  const n = values.length;
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const singles = [...counts.values()].filter((count) => count === 1).length;
  const coverage = 1 - (singles === n ? n - 1 : singles) / n;
  let bits = 0;
  // In the order of counts, so that rounding does not depend on the order of the values.
  for (const count of [...counts.values()].sort((a, b) => a - b)) {
    const p = (coverage * count) / n;
    if (p < 1) bits -= (p * Math.log2(p)) / -Math.expm1(n * Math.log1p(-p));
  }
  return bits;
}
