import type { Candidates } from './candidates.ts';
import { checkUniform } from './sampling-options.ts';

/** A token that was drawn without a mark, with what it was drawn from. */
export interface PlainDraw {
  readonly tokenId: number;
  /** Returns the candidates of its step, selected once; to be called before the next step. */
  readonly candidates: () => Candidates;
}

/**
 * Draws a token from a candidate set without any mark, by inverting the cumulative distribution.
 *
 * @param candidates what {@link CandidateSelector.select} returned last.
 * @param uniform    a fresh uniform number, 0 <= uniform < 1.
 * @returns a token id: candidate `i` with probability `probs[i]`, else a draw from the tail.
 * @throws {RangeError} if `uniform` is outside [0, 1).
 */
export function plainSample(candidates: Candidates, uniform: number): number {
  checkUniform(uniform);
  const { count, tokenIds, probs, tailMass } = candidates;
  let left = uniform;
  for (let i = 0; i < count; i++) {
    const prob = probs[i]!;
    if (left < prob) return tokenIds[i]!;
    left -= prob;
  }
  // Rounding may leave a sum just under 1, or `left` just over the tail.
  if (tailMass === 0) return tokenIds[count - 1]!;
  return candidates.drawTail(Math.min(left / tailMass, 1 - 2 ** -53));
}
