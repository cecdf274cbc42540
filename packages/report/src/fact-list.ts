import { escapeHtml } from './escape-html.ts';

/**
 * Renders pairs of a name and a value as a table with one row each.
 *
 * @param facts names in HTML, and values in plain text, which is escaped.
 * @returns HTML for a page of `htmlPage`.
 */
export function factList(facts: readonly (readonly [name: string, value: string])[]): string {
  const rows = facts.map(
    ([name, value]) => `<tr><th scope="row">${name}</th><td>${escapeHtml(value)}</td></tr>\n`,
  );
  return `<table class="facts"><tbody>\n${rows.join('')}</tbody></table>\n`;
}
