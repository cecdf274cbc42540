import { type Cell, countOf, dataTable, formatCount } from '@countermark/report';
import type { ListedFailure, ScanSummary } from '../merge/scan-summary.ts';
import { TABLE_ROWS } from './page-rows.ts';
import { shownName } from './shown-name.ts';

/** Renders what could not be read. */
export function failuresSection({ failures }: ScanSummary): string {
  const { records, byCode, listed } = failures;
  if (records === 0) {
    return '<section>\n<h2>Failures</h2>\n<p>Every record was read.</p>\n</section>\n';
  }
  const codes = Object.entries(byCode);
  const shown = listed.slice(0, TABLE_ROWS);
  // One failure may stand for many rows, so that failures that are not listed cannot be told from the number of records.
  const more =
    listed.length > shown.length || listed.reduce((sum, { rows = 1 }) => sum + rows, 0) < records
      ? '<p class="note">There are more than are listed here.</p>\n'
      : '';
  return `<section>
<h2>Failures</h2>
<p>${countOf(records, 'record')} could not be read and ${records === 1 ? 'is' : 'are'} left out of everything above.</p>
${dataTable({
  caption: 'Records that could not be read, by reason.',
  headings: ['code', 'records'],
  rows: codes
    .slice(0, TABLE_ROWS)
    .map(([code, count]) => [{ html: shownName(code) }, { text: formatCount(count), value: count }]),
  left: Math.max(0, codes.length - TABLE_ROWS),
})}${dataTable({
  caption: 'Where they are. Records and bytes are counted from 0, after decompression; lines from 1.',
  headings: ['file', 'place', 'byte offset', 'code', 'message'],
  rows: shown.map(failureRow),
})}${more}</section>
`;
}

function failureRow({ file, record, line, byteOffset, code, message, rows = 1 }: ListedFailure): Cell[] {
  const many = rows > 1 ? `, ${countOf(rows, 'row')}` : '';
  const place = line === undefined ? `record ${formatCount(record)}` : `line ${formatCount(line)}`;
  return [
    { html: shownName(file) },
    { html: `${place}${many}` },
    byteOffset === undefined
      ? { text: 'none', value: -1 }
      : { text: formatCount(byteOffset), value: byteOffset },
    { html: shownName(code) },
    { html: shownName(message) },
  ];
}
