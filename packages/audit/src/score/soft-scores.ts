import { createWordBins, type WordBins } from '@countermark/detector/evidence';
import { drawnScoresLaw, type LatticeLaw, type ScoreDraws } from '@countermark/detector/stats';
import { type SchemeParams, TWO_32 } from '@countermark/watermark/scheme';
import { WEIGHT_LEVELS, WEIGHT_PARTS } from './weight-levels.ts';

/** Integer scores of words under weights of fixed levels, with the law of their sum: docs/statistics.md, section 19. */
export class SoftScores {
  readonly bins: WordBins;
  /** Float64Array `[bins]`, the probability of each bin for a word without a mark, exact. */
  readonly masses: Float64Array;
  /** Int32Array `[bins]`, the score of each bin at the weight of one {@link WEIGHT_PARTS}th. */
  readonly scores: Int32Array;
  /** Mean and standard deviation of {@link scores} without a mark. */
  readonly mean: number;
  readonly deviation: number;

  constructor(scheme: SchemeParams) {
    this.bins = createWordBins(scheme);
    this.masses = this.bins.wordCounts().map((count) => count / TWO_32);
    this.scores = this.bins.scores();
    this.mean = this.meanAt(0);
    this.deviation = Math.sqrt(
      this.masses.reduce((sum, mass, bin) => sum + mass * (this.scores[bin]! - this.mean) ** 2, 0),
    );
  }

  /**
   * Describes the sum of independent scores.
   *
   * @param counts `[levels]`, how many weights are on each level of {@link WEIGHT_LEVELS}.
   * @param parts  weights are taken for multiples of so many parts, which divide them all.
   * @param tilt   how far words lean to the mark: a word of a weight w has the probability of e^(tilt · w · score) in proportion (default 0, no mark).
   */
  law(counts: ArrayLike<number>, parts: number, tilt = 0): LatticeLaw {
    return drawnScoresLaw(
      WEIGHT_LEVELS.map((level, place) => this.#draws(level, counts[place]!, parts, tilt)),
    );
  }

  /** Computes the mean score of a word of weight 1 that leans to the mark by a tilt. */
  meanAt(tilt: number): number {
    return this.#tilted(tilt).reduce((mean, mass, bin) => mean + mass * this.scores[bin]!, 0);
  }

  #draws(level: number, count: number, parts: number, tilt: number): ScoreDraws {
    const scores = this.scores.map((score) => (level / parts) * score);
    return { scores, masses: this.#tilted((tilt * level) / WEIGHT_PARTS), count };
  }

  #tilted(tilt: number): Float64Array {
    if (tilt === 0) return this.masses;
    const largest = this.scores.reduce((most, score) => Math.max(most, tilt * score), -Infinity);
    const tilted = this.masses.map((mass, bin) => mass * Math.exp(tilt * this.scores[bin]! - largest));
    const total = tilted.reduce((sum, mass) => sum + mass, 0);
    return tilted.map((mass) => mass / total);
  }
}
