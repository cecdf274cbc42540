import { escapeHtml } from './escape-html.ts';

/** Renders pairs of a name and a value in words as a table with one row each. */
export function factList(facts: readonly (readonly [name: string, value: string])[]): string {
  const rows = facts.map(
    ([name, value]) => `<tr><th scope="row">${name}</th><td>${escapeHtml(value)}</td></tr>\n`,
  );
  return `<table class="facts"><tbody>\n${rows.join('')}</tbody></table>\n`;
}
