/**
 * Adds up scores from the first on: `[n + 1]`, entry i the sum of the first i. Scores are integers, so the sums are exact.
 *
 * @param scores `[n]`.
 */
export function prefixSums(scores: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(scores.length + 1);
  for (let i = 0; i < scores.length; i++) sums[i + 1] = sums[i]! + scores[i]!;
  return sums;
}
