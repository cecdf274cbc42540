import { countOf, dataTable, formatCount, formatPValue, formatShare } from '@countermark/report';
import type { GroupCounts, ScanSummary } from '../merge/scan-summary.ts';
import { TABLE_ROWS } from './page-rows.ts';
import { shownName } from './shown-name.ts';

/** Renders the documents by the values of a field, those with the strongest evidence first; nothing if they were not counted by one. */
export function groupsSection({ groups }: ScanSummary): string {
  if (groups === undefined) return '';
  const table = groupTable(groups, { of: 'value', cell: shownName });
  const left =
    groups.left === 0 ? '' : `<p>Without a value in that field: ${countOf(groups.left, 'document')}.</p>\n`;
  const fields = `<p>Each value of the field ${groups.by.map(shownName).join(', ')} has a row.</p>\n`;
  return `<section>\n<h2>Groups of documents</h2>\n${fields}${table}${left}${groupNote('value')}</section>\n`;
}

/** How groups are named in a table. */
interface GroupNames {
  /** What a group is: `value`, `language`. */
  readonly of: string;
  /** A group's name in HTML. */
  readonly cell: (name: string) => string;
}

/** Draws groups of documents as a table. */
export function groupTable({ listed }: GroupCounts, { of, cell }: GroupNames): string {
  const shown = listed.slice(0, TABLE_ROWS);
  return dataTable({
    caption: `Documents by ${of}, those with the strongest evidence first.`,
    headings: [of, 'verdict', 'p-value', 'detected', 'documents', 'share detected', 'tokens'],
    rows: shown.map((group) => [
      { html: cell(group.name) },
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
    left: listed.length - shown.length,
  });
}

/** Says what the numbers of such a table mean. */
export function groupNote(of: string): string {
  return `<p class="note">The verdict of a row is on its documents alone. Null hypothesis, for each ${of}: none of its documents depends on a key. The p-value is one over the mean e-value of its documents, corrected for the number of keys and of ${of}s. Every copy is counted. Where little of a row is marked, its documents may be detected one by one and the row as a whole not.</p>\n`;
}
