import type { NullLaw } from '../scheme/null-law.ts';
import type { WordScore } from '../scheme/scheme.ts';

/** Returns the reading of words that are 1 for a green token and 0 for another. */
export function greenScore(nullLaw: NullLaw, share: number): WordScore {
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
