/**
 * Computes distinct-n: the share of different n-grams among all n-grams of several answers together. It falls with the length
 * and number of answers, so compare equal ones only.
 * Source: Li et al., NAACL 2016.
 *
 * @param answers token ids, `[answers][tokens]`.
 * @param n       length of a gram, integer ≥ 1.
 * @returns 0 … 1; 0 if no answer has n tokens.
 */
export function distinctGrams(answers: readonly Uint32Array[], n: number): number {
  const grams = answers.flatMap((answer) => gramsOf(answer, n));
  return grams.length === 0 ? 0 : new Set(grams).size / grams.length;
}

/**
 * Computes how much answers to one prompt have in common: the mean over ordered pairs of the share of the first's n-grams,
 * repeats included, that the second has too.
 *
 * @param answers token ids, `[answers][tokens]`, at least two.
 * @param n       length of a gram, integer ≥ 1.
 * @returns 0 … 1; pairs whose first has no n-gram count as 0.
 */
export function selfOverlap(answers: readonly Uint32Array[], n: number): number {
  const grams = answers.map((answer) => gramsOf(answer, n));
  const sets = grams.map((list) => new Set(list));
  let sum = 0;
  for (const [i, own] of grams.entries()) {
    for (const [j, other] of sets.entries()) {
      if (i !== j && own.length > 0) sum += own.filter((gram) => other.has(gram)).length / own.length;
    }
  }
  return sum / (answers.length * (answers.length - 1));
}

/** Returns the n-grams of an answer, repeats included, in their order. */
export function gramsOf(ids: Uint32Array, n: number): string[] {
  return Array.from({ length: Math.max(0, ids.length - n + 1) }, (_, i) => ids.subarray(i, i + n).join(' '));
}
