/**
 * The only script of a report: it puts a button into each heading of a table, which sorts the rows by that column.
 *
 * Cells with a `data-value` are numbers, -Infinity and Infinity among them, and others are words. Sorting is stable, so that
 * sorting by one column and then by another orders rows alike in the second by the first. Without it the page is complete.
 */
export const SORT_SCRIPT = `'use strict';
const words = new Intl.Collator('en', { numeric: true });
const keyOf = ({ dataset, textContent }) => 'value' in dataset ? Number(dataset.value) : textContent;
const compare = (a, b) => typeof a === 'string' ? words.compare(a, b) : Number(a > b) - Number(a < b);
for (const { tHead, tBodies: [body] } of document.querySelectorAll('table.sortable')) {
  const headings = [...tHead.rows[0].cells];
  for (const [column, heading] of headings.entries()) {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener('click', () => {
      const sign = heading.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
      for (const other of headings) other.removeAttribute('aria-sort');
      heading.setAttribute('aria-sort', sign > 0 ? 'ascending' : 'descending');
      const rows = [...body.rows].map((row) => [keyOf(row.cells[column]), row]);
      rows.sort(([a], [b]) => sign * compare(a, b));
      for (const [, row] of rows) body.append(row);
    });
  }
}
`;
