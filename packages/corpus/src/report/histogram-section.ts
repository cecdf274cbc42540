import { dataTable, formatCount } from '@countermark/report';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { histogramSvg } from './histogram-svg.ts';
import { tiltNote } from './tilt-note.ts';

/** Renders the documents' p-values beside those that unmarked documents have. */
export function histogramSection(summary: ScanSummary): string {
  const { bins, decades } = summary.histogram;
  const total = bins.reduce((sum, count) => sum + count, 0);
  const content =
    total === 0
      ? '<p>No document has enough scored tokens for a p-value.</p>\n'
      : `${histogramSvg(bins)}<p class="note">Each document’s own p-value, before any correction. A small one says that chance hardly explains the document; of many documents, chance alone gives some small ones. If no document was marked, the bars would be about as high as the dashed line; marked documents stand at the left.</p>
${tiltNote(summary, 'Every copy counts here. The dashed line assumes that documents share few phrases.')}${decadeTable(decades, total)}`;
  return `<section>\n<h2>p-values of the documents</h2>\n${content}</section>\n`;
}

function decadeTable(decades: readonly number[], total: number): string {
  return dataTable({
    caption: 'Documents by p-value, below 0.1, and about how many at most if none was marked.',
    headings: ['p-value', 'documents', 'if none was marked'],
    rows: decades.map((count, decade) => {
      const isLast = decade === decades.length - 1;
      const upper = -decade - 1;
      const due = total * (10 ** upper - (isLast ? 0 : 10 ** (upper - 1)));
      return [
        {
          text: isLast ? `at most ${power(upper)}` : `${power(upper - 1)} to ${power(upper)}`,
          value: upper,
        },
        { text: formatCount(count), value: count },
        {
          text: due.toLocaleString(
            'en-US',
            due >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 2 },
          ),
          value: due,
        },
      ];
    }),
  });
}

function power(exponent: number): string {
  return exponent > -4 ? String(Number((10 ** exponent).toPrecision(1))) : `1e${exponent}`;
}
