import { escapeHtml } from './escape-html.ts';

/** A cell: words in HTML, or a number to sort by with how it is written, in plain text. */
export type Cell = { readonly html: string } | { readonly text: string; readonly value: number };

/** A table whose columns sort. */
export interface DataTable {
  /** Names it, in HTML. */
  readonly caption: string;
  /** What the cells of a column hold, in plain text, in the order of the columns. */
  readonly headings: readonly string[];
  /** As many cells as headings each; those of one column are all words or all numbers. */
  readonly rows: readonly (readonly Cell[])[];
  /** How many rows there are beyond those given. */
  readonly left?: number;
}

/**
 * Renders a table that the report's script can sort. Numbers are sorted by their value, not by how they are written.
 *
 * @returns HTML for a page of `htmlPage`. Headings and numbers are escaped; the caption and the words of cells stand as they are.
 */
export function dataTable({ caption, headings, rows, left = 0 }: DataTable): string {
  const head = headings.map((heading, column) => {
    const kind = rows[0] !== undefined && isNumber(rows[0][column]) ? ' class="number"' : '';
    return `<th scope="col"${kind}>${escapeHtml(heading)}</th>`;
  });
  const body = rows.map((cells) => `<tr>${cells.map(cellHtml).join('')}</tr>\n`);
  const more =
    left > 0 ? `<p class="note">${left.toLocaleString('en-US')} more rows are not shown.</p>\n` : '';
  // Wider than a telephone where it has to be, and then it scrolls by itself.
  return `<div class="wide"><table class="sortable"><caption>${caption}</caption>
<thead><tr>${head.join('')}</tr></thead>
<tbody>
${body.join('')}</tbody></table></div>
${more}`;
}

function cellHtml(cell: Cell): string {
  if (!isNumber(cell)) return `<td>${cell.html}</td>`;
  return `<td class="number" data-value="${cell.value}">${escapeHtml(cell.text)}</td>`;
}

function isNumber(cell: Cell | undefined): cell is Extract<Cell, { value: number }> {
  return cell !== undefined && 'value' in cell;
}
