import type { Detection } from '@countermark/detector';
import { clopperPearson, type Interval } from '@countermark/detector/stats';

/** What detection made of several documents. */
export interface Outcome {
  /** Documents tested. */
  readonly documents: number;
  /** Documents with the verdict `detected`. */
  readonly detected: number;
  /** Documents with too few scored tokens for a verdict: they count as not detected. */
  readonly inconclusive: number;
  /** `detected / documents`. */
  readonly rate: number;
  /** Clopper–Pearson interval of the rate, 95 %; documents are taken for independent. */
  readonly interval: Interval;
  readonly medianLog10PValue: number;
  /** The strongest evidence in any of them. */
  readonly smallestLog10PValue: number;
  readonly medianScored: number;
}

/**
 * Sums up the verdicts on several documents.
 *
 * @param detections at least one.
 */
export function outcomeOf(detections: readonly Detection[]): Outcome {
  const count = (verdict: Detection['verdict']): number =>
    detections.filter((detection) => detection.verdict === verdict).length;
  const detected = count('detected');
  const log10PValues = detections.map(({ log10PValue }) => log10PValue);
  return {
    documents: detections.length,
    detected,
    inconclusive: count('inconclusive'),
    rate: detected / detections.length,
    interval: clopperPearson(detections.length, detected),
    medianLog10PValue: median(log10PValues),
    smallestLog10PValue: log10PValues.reduce((least, value) => Math.min(least, value)),
    medianScored: median(detections.map(({ scored }) => scored)),
  };
}

/** Returns the middle value, or the mean of the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] as number;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[(sorted.length >> 1) - 1] as number)) / 2;
}
