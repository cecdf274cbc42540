import { dataTable, factList, formatCount, formatShare } from '@countermark/report';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { TABLE_ROWS } from './page-rows.ts';
import { shownName } from './shown-name.ts';

/** Renders how far documents repeat each other. */
export function duplicatesSection({ duplicates }: ScanSummary): string {
  const { sampleShare, distinct, exact, nearShare, largest } = duplicates;
  const about = sampleShare < 1 ? 'about ' : '';
  const shown = largest.slice(0, TABLE_ROWS);
  const table =
    shown.length === 0
      ? ''
      : dataTable({
          caption: 'Contents with the most copies, each with its first place.',
          headings: ['copies', 'file', 'record'],
          rows: shown.map(({ copies, file, record }) => [
            { text: formatCount(copies), value: copies },
            { html: shownName(file) },
            { text: formatCount(record), value: record },
          ]),
          left: largest.length - shown.length,
        });
  return `<section>
<h2>Duplicates</h2>
<p>Text that repeats is no new evidence. So it counts once in the pooled test and in the share of marked documents. The numbers of documents and of detected documents count every copy.</p>
${factList([
  ['different contents', `${about}${formatCount(distinct)}`],
  ['exact copies of others', `${about}${formatCount(exact)}`],
  [
    'near copies',
    `at least ${formatShare(nearShare)} of the documents with enough tokens repeat most of another one`,
  ],
  ...(sampleShare < 1 ? [['looked at', `${formatShare(sampleShare)} of the contents`] as const] : []),
])}${table}</section>
`;
}
