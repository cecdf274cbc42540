import { decoysInWords } from '@countermark/detector/report';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { shownName } from './shown-name.ts';

/**
 * Renders what phrases that many documents share do to figures about single documents, and how random keys fare on the same corpus, if
 * some were tried.
 *
 * @param assumption what the figure beside it rests on, in HTML.
 */
export function tiltNote({ keys }: ScanSummary, assumption: string): string {
  const decoys = keys.flatMap(({ keyId, decoys: found }) =>
    found === undefined ? [] : [`${shownName(keyId)}: ${decoysInWords(found)}`],
  );
  const tried =
    decoys.length === 0
      ? 'No random keys were tried beside it (<code>--decoys</code>).'
      : `The test of the whole under random keys, on the same corpus: ${decoys.join('; ')}.`;
  return `<p class="note">${assumption} A phrase that many documents share moves all of them to the same side, with each key to another, marked or not. ${tried}</p>\n`;
}
