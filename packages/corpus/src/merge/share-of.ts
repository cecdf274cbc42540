import type { ShareEstimate } from '@countermark/detector/corpus';
import type { CorpusTotals } from './corpus-totals.ts';

/**
 * Estimates the share of different documents that visibly carry the mark, in accord with the list of those that are detected.
 *
 * Documents far below the level of the share's test say more than that they are below it. So the estimate is at least the share that is
 * detected, less those that are expected to be false; and the lower end at least the share whose p-values, times the number of documents,
 * are at most 0.001 (Bonferroni), which takes at most a thousandth from the 95 %.
 */
export function shareOf(
  { share, contents }: Pick<CorpusTotals, 'share' | 'contents'>,
  falseDiscoveryRate: number,
): ShareEstimate {
  const counted = share.estimate();
  const { documents } = counted;
  if (documents === 0) return counted;
  const low = Math.max(counted.low, contents.certain / documents);
  const estimate = Math.max(
    counted.estimate,
    low,
    (contents.detected * (1 - falseDiscoveryRate)) / documents,
  );
  return { ...counted, low, estimate, high: Math.max(counted.high, estimate) };
}
