import type { ScoreReading } from '@countermark/watermark/scheme';
import type { Statistic } from '../detect/detection.ts';

/** Describes a sum of scores beside what it is under the null. */
export function statisticOf(
  kind: Statistic['scheme'],
  reading: ScoreReading,
  scored: number,
  sum: number,
): Statistic {
  const { nullMean, nullDeviation } = reading;
  const zScore = scored === 0 ? 0 : (sum - scored * nullMean) / (nullDeviation * Math.sqrt(scored));
  return { scheme: kind, sum, mean: scored === 0 ? 0 : sum / scored, nullMean, zScore };
}
