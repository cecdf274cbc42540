/** Scores of words that have one bit a layer. */
import type { NullLaw } from './null-law.ts';
import type { WordScore } from './scheme.ts';

/** Share of ones among the bits when no mark is there: ones / of, from 1/1024 to 1023/1024. */
export interface BitShare {
  readonly ones: number;
  readonly of: number;
}

interface WeightedBitsScore extends WordScore {
  readonly nullLaw: Extract<NullLaw, { kind: 'weighted-bits' }>;
}

/**
 * Returns the reading that adds up the weights of the layers whose bit is 1.
 *
 * @param weights Uint32Array `[depth]`, depth 1…32. Retained.
 * @param share   one half if it is not given.
 */
export function weightedBitsScore(weights: Uint32Array, share?: BitShare): WeightedBitsScore {
  const tables = byteTables(weights);
  const fraction = share === undefined ? 1 / 2 : share.ones / share.of;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const squares = weights.reduce((sum, weight) => sum + weight * weight, 0);

  function scoreOf(word: number): number {
    return (
      tables[word & 255]! +
      tables[256 + ((word >>> 8) & 255)]! +
      tables[512 + ((word >>> 16) & 255)]! +
      tables[768 + (word >>> 24)]!
    );
  }

  return {
    nullLaw: { kind: 'weighted-bits', weights, ...(share === undefined ? {} : { share }) },
    nullMean: fraction * total,
    nullDeviation: Math.sqrt(fraction * (1 - fraction) * squares),
    score: scoreOf,
    sumScores(words, count) {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += scoreOf(words[i]!);
      return sum;
    },
  };
}

// The score is a sum over bits, so four look-ups by byte give it: [4 * 256].
function byteTables(weights: Uint32Array): Uint32Array {
  const tables = new Uint32Array(4 * 256);
  for (let at = 0; at < tables.length; at++) {
    const firstBit = 8 * (at >> 8);
    for (let bit = 0; bit < 8; bit++) {
      if ((at >> bit) & 1) tables[at]! += weights[firstBit + bit] ?? 0;
    }
  }
  return tables;
}
