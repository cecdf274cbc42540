/**
 * What a word says for a mark where something is known of its token's probability, as an integer score with its exact law.
 * Source: Neyman and Pearson 1933 for the likelihood ratio; Li et al., "A Statistical Framework of Watermarks for Large Language
 * Models", Ann. Statist. 53 (2025), for the law of a marked token's word.
 */
import { TWO_32 } from '@countermark/watermark/scheme';
import { createGumbelBins, markedLaw } from '../likelihood/gumbel-bins.ts';
import { drawnScoresLaw } from '../stats/drawn-scores-law.ts';
import type { LatticeLaw } from '../stats/lattice-law.ts';

/**
 * Whose probabilities they are: `known`, of the very distribution that was sampled from, before the mark; `proxy`, another
 * model's guess. It decides how far they are trusted, hence the power, and never the validity.
 */
export type ProbabilitySource = 'known' | 'proxy';

/** Scores in one nat: 16 add nothing to the power, and double the time of a tail. */
export const SCORES_PER_NAT = 8;

/** Half a logit from one class of probabilities to the next, from -6 to 6. */
const CLASS_STEP = 0.5;
const CLASSES = 25;
const MIDDLE_CLASS = (CLASSES - 1) / 2;

/** Share of tokens that are not marked although they should be: no token counts against a mark by more than its logarithm. */
const UNMARKED = 0.05;
/** Share of tokens of whose probability a proxy says nothing: it is then taken for uniform on 0 … 1. */
const DOUBT: Readonly<Record<ProbabilitySource, number>> = { known: 0, proxy: 0.25 };
const UNIFORM_PARTS = 16;

/** Integer log-likelihood ratios of words, by the class of their token's probability. */
export class WeightedScores {
  /** How far probabilities are trusted. */
  readonly source: ProbabilitySource;
  /** Number of classes of probabilities. */
  readonly classes: number = CLASSES;
  readonly #binOf: (word: number) => number;
  readonly #masses: Float64Array;
  readonly #scores: readonly Int32Array[];

  /** Computes the scores of each class and bin of words; about a millisecond. */
  constructor(source: ProbabilitySource) {
    const { bins, binOf, wordCounts } = createGumbelBins();
    const doubt = DOUBT[source];
    this.source = source;
    this.#binOf = binOf;
    const masses = wordCounts().map((count) => count / TWO_32);
    this.#masses = masses;
    const uniform = new Float64Array(bins);
    if (doubt > 0) {
      for (let part = 0; part < UNIFORM_PARTS; part++) {
        const law = markedLaw((part + 0.5) / UNIFORM_PARTS);
        for (let bin = 0; bin < bins; bin++) uniform[bin]! += law[bin]! / UNIFORM_PARTS;
      }
    }
    this.#scores = Array.from({ length: CLASSES }, (_, place) => {
      const law = markedLaw(probabilityOf(place));
      return Int32Array.from(law, (mass, bin) => {
        if (masses[bin] === 0) return 0;
        const ratio = ((1 - doubt) * mass + doubt * uniform[bin]!) / masses[bin]!;
        return Math.round(SCORES_PER_NAT * Math.log(UNMARKED + (1 - UNMARKED) * ratio));
      });
    });
  }

  /** Returns the class of a probability 0 … 1. */
  classOf(probability: number): number {
    const logit = Math.log(probability / (1 - probability));
    return Math.max(0, Math.min(CLASSES - 1, Math.round(logit / CLASS_STEP) + MIDDLE_CLASS));
  }

  /** Returns the integer score of a word, in {@link SCORES_PER_NAT}ths of a nat. */
  score(place: number, word: number): number {
    return this.#scores[place]![this.#binOf(word)]!;
  }

  /**
   * Describes the sum of the scores of independent uniform words.
   *
   * @param counts `[classes]`, number of words in each class.
   */
  nullLaw(counts: ArrayLike<number>): LatticeLaw {
    return drawnScoresLaw(
      this.#scores.map((scores, place) => ({ scores, masses: this.#masses, count: counts[place] ?? 0 })),
    );
  }
}

// The probability that stands for its class.
function probabilityOf(place: number): number {
  return 1 / (1 + Math.exp(-CLASS_STEP * (place - MIDDLE_CLASS)));
}
