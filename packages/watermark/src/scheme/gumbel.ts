/**
 * Keyed Gumbel-max sampling.
 * Source: Aaronson, "Watermarking GPT outputs", 2022; Kirchenbauer et al. and Fernandez et al. ("Three Bricks to
 * Consolidate Watermarks for LLMs", WIFS 2023) for the test on unique tuples.
 */
import { TWO_32 } from '../params.ts';
import { floorScaledLog } from './fixed-point-log.ts';
import type { Scheme } from './scheme.ts';

/** Scores are floor(2^20 · −ln(1 − u / 2^32)): docs/spec.md section 6. */
const SCORE_BITS = 20;
const SCALE = 2 ** SCORE_BITS;

// ECMAScript leaves the last bits of Math.log to the host, and one of them is up to 4e-9 here. Scores nearer to an integer
// than this, 2 in a million, are computed in integers.
const UNSETTLED = 1e-6;

/** Creates the `gumbel` scheme. */
export function createGumbel(): Scheme {
  return {
    nullLaw: { kind: 'gamma', scale: SCALE },
    nullMean: SCALE,
    nullDeviation: SCALE,
    score: scoreOf,

    sumScores(words, count) {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += scoreOf(words[i]!);
      return sum;
    },

    choose({ candidates, words, random }) {
      const { count, tokenIds, probs, tailMass } = candidates;
      // The largest ln(r) / p is the smallest −ln(r) / p: the first arrival of exponential clocks of rate p.
      let first = Infinity;
      let winner = -1;
      for (let i = 0; i < count; i++) {
        const prob = probs[i]!;
        const uniform = (words[i]! + 0.5) / TWO_32;
        // −ln(r) ≥ 1 − r: most candidates are out of the race without a logarithm. Probability 0 never enters it.
        if (1 - uniform >= first * prob) continue;
        const arrival = -Math.log(uniform) / prob;
        if (arrival < first) {
          first = arrival;
          winner = i;
        }
      }
      if (tailMass > 0 && -Math.log(random()) / tailMass < first) return candidates.drawTail(random());
      return tokenIds[winner]!;
    },
  };
}

function scoreOf(word: number): number {
  if (word === 0) return 0;
  const scaled = -Math.log(1 - word / TWO_32) * SCALE;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  if (rest > UNSETTLED && rest < 1 - UNSETTLED) return floor;
  return floorScaledLog(TWO_32 - word, SCORE_BITS);
}
