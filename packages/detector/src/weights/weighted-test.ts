import { drawnScoresMargin, errUpwards } from '../stats/err-upwards.ts';
import { latticeTailLog10 } from '../stats/lattice-tail.ts';
import { type ProbabilitySource, SCORES_PER_NAT, type WeightedScores } from './weighted-scores.ts';

/** What the probabilities of its tokens say of a document under one key. Not corrected for several tests. */
export interface WeightedTest {
  /** Whose probabilities they are. */
  readonly source: ProbabilitySource;
  /** Scored tokens after a context that is new to the document; the others are not weighed. */
  readonly weighed: number;
  /** Sum of their log-likelihood ratios, in nats, each rounded to an eighth: an effect size, never the decision. */
  readonly logLikelihoodRatio: number;
  /** log10 of the p-value, an exact tail with a margin for rounding: what the verdict is taken on. */
  readonly log10PValue: number;
  /** log10 of the p-value without the probabilities. */
  readonly log10PlainPValue: number;
}

/**
 * Tests words given the classes of their tokens' probabilities: docs/statistics.md section 16.
 *
 * @param scores  the scores of each class.
 * @param words   Uint32Array `[n]`, words of different tuples.
 * @param classes Uint8Array `[n]`; must not depend on the key.
 */
export function weightedTest(
  scores: WeightedScores,
  words: Uint32Array,
  classes: Uint8Array,
): Omit<WeightedTest, 'log10PlainPValue'> {
  const counts = new Uint32Array(scores.classes);
  let sum = 0;
  for (let i = 0; i < words.length; i++) {
    const place = classes[i]!;
    counts[place]!++;
    sum += scores.score(place, words[i]!);
  }
  const log10Tail = latticeTailLog10({ law: scores.nullLaw(counts), threshold: sum });
  return {
    source: scores.source,
    weighed: words.length,
    logLikelihoodRatio: sum / SCORES_PER_NAT,
    log10PValue: errUpwards(log10Tail, drawnScoresMargin(words.length)),
  };
}
