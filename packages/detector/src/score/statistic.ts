import type { ScoreFamily, WordScore } from '@countermark/watermark/scheme';

/** The sum of scores and what it is under the null; an effect size, never the decision. */
export interface Statistic {
  /** Which scheme's score. */
  readonly scheme: ScoreFamily;
  /** Sum of the integer scores of spec.md section 6. */
  readonly sum: number;
  /** Mean score of a scored token; 0 if none was. */
  readonly mean: number;
  /** Mean score under the null. */
  readonly nullMean: number;
  /** Standard deviations above the null mean; 0 if nothing was scored. */
  readonly zScore: number;
}

/** Describes a sum of scores beside what it is under the null. */
export function statisticOf(kind: ScoreFamily, reading: WordScore, scored: number, sum: number): Statistic {
  const { nullMean, nullDeviation } = reading;
  const zScore = scored === 0 ? 0 : (sum - scored * nullMean) / (nullDeviation * Math.sqrt(scored));
  return { scheme: kind, sum, mean: scored === 0 ? 0 : sum / scored, nullMean, zScore };
}
