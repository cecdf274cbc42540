import type { NullLaw } from '../scheme/null-law.ts';
import type { ScoreReading } from '../scheme/scheme.ts';

/** Returns the reading of words that are 1 for a green token and 0 for another. */
export function greenReading(nullLaw: NullLaw, share: number): ScoreReading {
  return {
    nullLaw,
    nullMean: share,
    nullDeviation: Math.sqrt(share * (1 - share)),
    score: (word) => word,
    sumScores(words, count) {
      let green = 0;
      for (let i = 0; i < count; i++) green += words[i]!;
      return green;
    },
  };
}
