import { countOf, formatEValue, formatLevel } from '@countermark/report';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { growthSvg } from './growth-svg.ts';

/** Renders how the evidence grew while the corpus was scanned. */
export function evidenceSection({ curve, alpha, keys }: ScanSummary): string {
  const tokens = curve.at(-1)?.tokens ?? 0;
  // The curve is of the key that turned out strongest, so each key gets its part of the level.
  const log10Needed = Math.log10(Math.max(1, keys.length) / alpha);
  const content =
    tokens === 0
      ? '<p>No token was scanned.</p>\n'
      : `${growthSvg(curve, alpha, log10Needed)}<p class="note">How much evidence there was as the corpus was read, from its first token on. Where the curve climbs, marked text was read. It is the running e-value of the key with the strongest evidence, piece by piece. It may be looked at after each of them: without the mark, it ever reaches ${formatEValue(log10Needed)} with probability at most ${formatLevel(alpha)}${keys.length > 1 ? `, for any of ${countOf(keys.length, 'key')}` : ''}.</p>\n`;
  return `<section>\n<h2>Evidence</h2>\n${content}</section>\n`;
}
