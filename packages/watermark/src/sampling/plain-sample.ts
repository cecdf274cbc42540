import type { Candidates } from './candidates.ts';

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

/**
 * Draws a token from a whole vocabulary in double precision: what a sampler without a mark costs and gives.
 *
 * @param logits      Float32Array `[vocab]`, raw logits, none NaN or +Infinity, one finite. Not changed.
 * @param temperature > 0.
 * @param uniform     a fresh uniform number, 0 <= uniform < 1.
 * @param weights     Float64Array `[vocab]`. Overwritten.
 * @returns a token id.
 * @throws {RangeError} if `weights` and `logits` differ in length, or a number is out of range.
 */
export function sampleVocabulary(
  logits: Float32Array,
  temperature: number,
  uniform: number,
  weights: Float64Array,
): number {
  checkUniform(uniform);
  if (!(temperature > 0 && temperature < Infinity))
    throw new RangeError(`"temperature" expected a finite number > 0, got ${temperature}`);
  if (weights.length !== logits.length)
    throw new RangeError(`"weights" expected length ${logits.length}, got ${weights.length}`);
  let maximum = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) if (logits[i]! > maximum) maximum = logits[i]!;
  let total = 0;
  for (let i = 0; i < logits.length; i++) {
    const weight = Math.exp((logits[i]! - maximum) / temperature);
    weights[i] = weight;
    total += weight;
  }
  let left = uniform * total;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (weight === 0) continue;
    if (left < weight) return i;
    left -= weight;
    last = i;
  }
  return last;
}

function checkUniform(uniform: number): void {
  if (!(uniform >= 0 && uniform < 1))
    throw new RangeError(`"uniform" expected 0 <= uniform < 1, got ${uniform}`);
}
