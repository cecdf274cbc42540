/**
 * Biased sampling towards a keyed part of the vocabulary.
 * Source: Kirchenbauer, Geiping, Wen, Katz, Miers, Goldstein, "A Watermark for Large Language Models", ICML 2023.
 */
import { TWO_32 } from '../params.ts';
import type { Scheme } from './scheme.ts';

/**
 * Creates the `green-list` scheme.
 *
 * @param gamma green fraction of the vocabulary, 0 < gamma < 1; rounded down to a multiple of 2^-32.
 * @param delta bias of green tokens, nats, > 0.
 */
export function createGreenList(gamma: number, delta: number): Scheme {
  const greenLimit = Math.floor(gamma * TWO_32);
  const greenFraction = greenLimit / TWO_32;
  const bias = Math.exp(delta);
  const tailBias = 1 - greenFraction + greenFraction * bias;

  return {
    nullLaw: { kind: 'binomial', numerator: greenLimit },
    nullMean: greenFraction,
    nullDeviation: Math.sqrt(greenFraction * (1 - greenFraction)),

    score(word) {
      return word < greenLimit ? 1 : 0;
    },

    sumScores(words, count) {
      let green = 0;
      for (let i = 0; i < count; i++) if (words[i]! < greenLimit) green++;
      return green;
    },

    choose({ candidates, words, random }) {
      const { count, tokenIds, probs, tailMass } = candidates;
      let total = tailMass * tailBias;
      for (let i = 0; i < count; i++) total += words[i]! < greenLimit ? probs[i]! * bias : probs[i]!;
      let left = random() * total;
      let last = 0;
      for (let i = 0; i < count; i++) {
        const mass = words[i]! < greenLimit ? probs[i]! * bias : probs[i]!;
        if (mass === 0) continue;
        if (left < mass) return tokenIds[i]!;
        left -= mass;
        last = i;
      }
      // Rounding may leave a sum just under the total: then the last candidate has it.
      return tailMass > 0 ? candidates.drawTail(random()) : tokenIds[last]!;
    },

    chooseGreedily({ count, tokenIds, probs }, words) {
      let best = -Infinity;
      let winner = 0;
      for (let i = 0; i < count; i++) {
        const value = Math.log(probs[i]!) + (words[i]! < greenLimit ? delta : 0);
        if (value > best) {
          best = value;
          winner = i;
        }
      }
      return tokenIds[winner]!;
    },
  };
}
