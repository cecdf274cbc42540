import { formatPValue } from '@countermark/report';
import type { DecoyTest } from '../key-tests/decoys.ts';

/** Says where a key stands among its decoys. */
export function decoysInWords({ count, log10RankPValue, belowOnePercent }: DecoyTest): string {
  return `p-value ${formatPValue(log10RankPValue)} among ${count} random keys, of which ${belowOnePercent} have p ≤ 0.01`;
}

/** Renders a warning where the p-values of decoys are too small, and nothing elsewhere. */
export function decoyAlarm(decoys: DecoyTest | undefined, keyId: string): string {
  if (decoys?.alarm !== true) return '';
  return `<p class="alarm">Alarm: ${decoys.belowOnePercent} of ${decoys.count} random keys like ${keyId} have p ≤ 0.01 on this document, so no p-value on it can be relied on.</p>\n`;
}
