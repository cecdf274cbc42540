import type { LengthClass, ShareEstimate } from '@countermark/detector/corpus';
import { countOf, dataTable, formatCount, formatLevel, formatShare } from '@countermark/report';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { tiltNote } from './tilt-note.ts';

/** Renders how many of the documents visibly carry the mark. */
export function shareSection(summary: ScanSummary): string {
  const { share } = summary;
  return `<section>\n<h2>Share of marked documents</h2>\n${share.documents === 0 ? NONE : estimate(share, summary)}</section>\n`;
}

const NONE = '<p>No document has enough scored tokens, so no share is estimated.</p>\n';

function estimate(
  { documents, below, level, estimate: share, low, high, byLength }: ShareEstimate,
  summary: ScanSummary,
): string {
  const due = level * documents;
  const { contents, detected } = summary;
  const about = contents.sampleShare < 1 ? 'about ' : '';
  return `<p>About <strong>${formatShare(share)}</strong> of the documents visibly carry the mark (95 % interval: ${formatShare(low)} to ${formatShare(high)}).</p>
<p>Here copies count once. ${countOf(detected, 'document is', 'documents are')} detected with every copy, ${about}${countOf(contents.detected, 'different text')} without.</p>
<p>Of ${countOf(documents, 'different document')} with enough scored tokens, ${formatCount(below)} have p ≤ ${formatLevel(level)}, where at most about ${due.toLocaleString('en-US', { maximumSignificantDigits: 3 })} would if none was marked. This counts documents whose mark can be <em>seen</em>: a marked document that is short, edited or partly marked may go unseen, so the share of those that were made with the key may be larger. Where the share below rises with length, shorter marked documents go unseen.</p>
${tiltNote(summary, 'The interval assumes that different documents share few phrases.')}${dataTable({
  caption: `Documents by number of scored tokens, copies counted once; p-values at or below ${formatLevel(level)} are counted.`,
  headings: ['scored tokens', 'documents', 'at or below the level', 'estimated share'],
  rows: byLength.map((part) => [
    { text: lengthInWords(part), value: part.from },
    { text: formatCount(part.documents), value: part.documents },
    { text: formatCount(part.below), value: part.below },
    part.documents === 0
      ? { text: 'no document', value: Number.NEGATIVE_INFINITY }
      : { text: formatShare(part.estimate), value: part.estimate },
  ]),
})}`;
}

function lengthInWords({ from, to }: LengthClass): string {
  return to === null ? `${formatCount(from)} or more` : `${formatCount(from)} to ${formatCount(to)}`;
}
