import type { Candidates } from '../sampling/candidates.ts';

/**
 * Chooses the candidate with the largest ln(u) / p, which is the largest ln(p) + Gumbel noise: of several, the first.
 *
 * The tail, if there is one, takes part with a fresh uniform number that depends on no key.
 *
 * @param words     Uint32Array, at least `[candidates.count]`.
 * @param uniformOf the number in (0, 1) that a word stands for.
 * @param random    yields fresh uniform numbers in (0, 1).
 */
export function runExponentialRace(
  candidates: Candidates,
  words: Uint32Array,
  uniformOf: (word: number) => number,
  random: () => number,
): number {
  const { count, tokenIds, probs, tailMass } = candidates;
  let first = Infinity;
  let winner = 0;
  for (let i = 0; i < count; i++) {
    const arrival = -Math.log(uniformOf(words[i]!)) / probs[i]!;
    if (arrival < first) {
      first = arrival;
      winner = i;
    }
  }
  if (tailMass > 0 && -Math.log(random()) / tailMass < first) return candidates.drawTail(random());
  return tokenIds[winner]!;
}
