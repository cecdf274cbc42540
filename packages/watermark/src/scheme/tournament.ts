/**
 * Two-leaf tournament sampling: the non-distortionary SynthID-Text scheme.
 * Source: Dathathri et al., "Scalable watermarking for identifying large language model outputs", Nature 634 (2024);
 * the update of google-deepmind/synthid-text@addb4a1, on probabilities. The weights of the score follow the
 * weighted mean of that work: they fall linearly from 10 to 1.
 */
import { TWO_32 } from '../params.ts';
import type { Scheme } from './scheme.ts';
import { weightedBitsScore } from './weighted-bits.ts';

/**
 * Returns the weight of each layer's bit in the score, `[depth]`: 10 (m − 1) − 9 l, and 1 for a single layer.
 *
 * @param depth number of layers m, 1…32.
 */
export function tournamentWeights(depth: number): Uint32Array {
  if (depth === 1) return Uint32Array.of(1);
  return Uint32Array.from({ length: depth }, (_, layer) => 10 * (depth - 1) - 9 * layer);
}

/**
 * Creates the `tournament` scheme.
 *
 * @param depth number of layers m, 1…30.
 */
export function createTournament(depth: number): Scheme {
  // Grows to the largest candidate set seen: [count], overwritten in every step.
  let masses = new Float64Array(0);

  return {
    ...weightedBitsScore(tournamentWeights(depth)),

    choose({ candidates, words, random }) {
      const { count, tokenIds, probs, tailMass } = candidates;
      if (masses.length < count) masses = new Float64Array(count);
      masses.set(probs.subarray(0, count));
      const tailWord = tailMass > 0 ? Math.floor(random() * TWO_32) : 0;
      const tail = playTournament(masses, words, count, depth, tailMass, tailWord);
      let total = tail;
      for (let i = 0; i < count; i++) total += masses[i]!;
      let left = random() * total;
      let last = 0;
      for (let i = 0; i < count; i++) {
        const mass = masses[i]!;
        if (mass <= 0) continue;
        if (left < mass) return tokenIds[i]!;
        left -= mass;
        last = i;
      }
      return tail > 0 ? candidates.drawTail(random()) : tokenIds[last]!;
    },
  };
}

/**
 * Plays every layer over candidates and tail, in place.
 *
 * Layer l multiplies the mass of a token with bit g by 1 + g − E, E being the mean of g under the masses that the layer
 * receives. A layer's update and the next layer's mean are taken in one pass.
 *
 * @param masses  Float64Array, at least `[count]`, the candidates' masses. Overwritten.
 * @param words   Uint32Array, at least `[count]`; bit l is the token's bit in layer l.
 * @returns the tail's mass after the last layer.
 */
function playTournament(
  masses: Float64Array,
  words: Uint32Array,
  count: number,
  depth: number,
  tailMass: number,
  tailWord: number,
): number {
  let tail = tailMass;
  let mean = tail * (tailWord & 1);
  for (let i = 0; i < count; i++) mean += masses[i]! * (words[i]! & 1);
  for (let layer = 0; layer < depth; layer++) {
    const keep = 1 - mean;
    const next = layer + 1;
    tail *= keep + ((tailWord >>> layer) & 1);
    let nextMean = tail * ((tailWord >>> next) & 1);
    for (let i = 0; i < count; i++) {
      const word = words[i]!;
      const mass = masses[i]! * (keep + ((word >>> layer) & 1));
      masses[i] = mass;
      nextMean += mass * ((word >>> next) & 1);
    }
    mean = nextMean;
  }
  return tail;
}
