import type { DecoyTest } from '@countermark/detector';
import { formatPValue } from '@countermark/report';

/** Describes a key's rank among decoys in a line for people. */
export function describeDecoys({ count, log10RankPValue, belowOnePercent, alarm }: DecoyTest): string {
  const rank = `rank p-value ${formatPValue(log10RankPValue)} among ${count} random keys`;
  const found = `${belowOnePercent} of them have p ≤ 0.01`;
  return alarm ? `${rank}; ALARM: ${found}, so no p-value here is reliable` : rank;
}
