import { countOf, dataTable, formatCount, formatPValue, formatShare } from '@countermark/report';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { TABLE_ROWS } from './page-rows.ts';
import { shownName } from './shown-name.ts';

/** Renders the documents by the values of a field, those with the strongest evidence first; nothing if that was not asked for. */
export function groupsSection({ groups, files }: ScanSummary): string {
  if (groups === undefined) return '';
  const fields = [...new Set(files.flatMap(({ reading }) => reading.groupField ?? []))];
  const shown = groups.listed.slice(0, TABLE_ROWS);
  const table = dataTable({
    caption: 'Documents by the values of a field, those with the strongest evidence first.',
    headings: ['value', 'verdict', 'p-value', 'detected', 'documents', 'share detected', 'tokens'],
    rows: shown.map((group) => [
      { html: shownName(group.name) },
      { html: group.verdict },
      { text: formatPValue(group.log10PValue), value: group.log10PValue },
      { text: formatCount(group.detected), value: group.detected },
      { text: formatCount(group.documents), value: group.documents },
      {
        text: formatShare(group.detected / Math.max(1, group.documents)),
        value: group.detected / Math.max(1, group.documents),
      },
      { text: formatCount(group.tokens), value: group.tokens },
    ]),
    left: groups.listed.length - shown.length,
  });
  const left = groups.left === 0 ? '' : `<p>Without such a value: ${countOf(groups.left, 'document')}.</p>\n`;
  const note = `<p>Counted by ${fields.map(shownName).join(', ')}.</p>\n<p class="note">Null hypothesis, for each value: none of the documents with it depends on a key. The p-value is one over the mean e-value of its documents, corrected for the number of keys and of values. Every copy is counted. The documents of a value in which little is marked may be detected one by one and not as a whole.</p>\n`;
  return `<section>\n<h2>Groups of documents</h2>\n${note}${table}${left}</section>\n`;
}
