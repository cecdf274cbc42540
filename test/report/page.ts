/** Takes a report apart as a browser would, for tests that read its source. */
import { createHash } from 'node:crypto';

/** One piece of a heat map: what it shows, with its class and the lines of its title. */
export interface DrawnPiece {
  readonly className: string;
  readonly title: string;
  readonly text: string;
}

/** The pieces of the first heat map. */
export function drawnPieces(html: string): DrawnPiece[] {
  const [, heat = ''] = /<div class="heat">([\s\S]*?)<\/div>/.exec(html) ?? [];
  return [...heat.matchAll(/<span class="(\w+)" title="([^"]*)">([^<]*)<\/span>/g)].map(
    ([, className = '', title = '', text = '']) => ({ className, title, text: unescaped(text) }),
  );
}

/** What the first heat map shows. */
export function drawnText(html: string): string {
  return drawnPieces(html)
    .map(({ text }) => text)
    .join('');
}

/** Returns a text without its entities; one that the report does not use stays visible. */
export function unescaped(html: string): string {
  const characters: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return html.replace(/&(#?\w+);/g, (_, entity: string) => characters[entity] ?? `?${entity}?`);
}

/** The words of some HTML, one space between them. */
function wordsOf(html: string): string {
  return unescaped(html.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();
}

/** The verdict sentences, in order. */
export function verdicts(html: string): string[] {
  return [...html.matchAll(/<p class="verdict [\w-]+">([\s\S]*?)<\/p>/g)].map(([, inner = '']) =>
    unescaped(inner),
  );
}

/** A table: its caption, its headings, and for each cell what it shows and sorts by. */
export interface ShownTable {
  readonly caption: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The `data-value` of each cell; undefined for words. */
  readonly values: readonly (readonly (number | undefined)[])[];
}

/** The tables that sort, in order. */
export function sortableTables(html: string): ShownTable[] {
  return [...html.matchAll(/<table class="sortable">([\s\S]*?)<\/table>/g)].map(([, table = '']) => {
    const rows = [...table.matchAll(/<tr>(<td[\s\S]*?)<\/tr>/g)].map(([, row = '']) => [
      ...row.matchAll(/<td([^>]*)>([\s\S]*?)<\/td>/g),
    ]);
    return {
      caption: wordsOf(/<caption>([\s\S]*?)<\/caption>/.exec(table)?.[1] ?? ''),
      headings: [...table.matchAll(/<th [^>]*>([\s\S]*?)<\/th>/g)].map(([, heading = '']) =>
        wordsOf(heading),
      ),
      rows: rows.map((row) => row.map(([, , cell = '']) => wordsOf(cell))),
      values: rows.map((row) =>
        row.map(([, attributes = '']) => {
          const [, value] = /data-value="([^"]*)"/.exec(attributes) ?? [];
          return value === undefined ? undefined : Number(value);
        }),
      ),
    };
  });
}

/** The rows of the tables of facts, by name; of several documents the last. */
export function facts(html: string): Record<string, string> {
  return Object.fromEntries(
    [...html.matchAll(/<tr><th scope="row">([^<]*)<\/th><td>([\s\S]*?)<\/td><\/tr>/g)].map(
      ([, name = '', value = '']) => [name, wordsOf(value)],
    ),
  );
}

/**
 * Lists what a page holds that could load or run something, beside its own style sheet and script; none is as it should be.
 *
 * @param html a whole page.
 */
export function activeContent(html: string): string[] {
  const inline = [...html.matchAll(/<(script|style)>([\s\S]*?)<\/\1>/g)];
  const faults = inline.length === 2 ? [] : [`${inline.length} inline sources`];
  const hashes = inline.map(
    ([, name, source = '']) => `${name}-src 'sha256-${createHash('sha256').update(source).digest('base64')}'`,
  );
  const [, policy] = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(html) ?? [];
  const expected = ["default-src 'none'", ...hashes, "base-uri 'none'", "form-action 'none'"].join('; ');
  if (policy !== expected) faults.push(`policy ${policy}`);
  const rest = html.replace(/<(script|style)>[\s\S]*?<\/\1>/g, '');
  // Attributes that load or run something can only stand in tags, and every tag has to be one of ours.
  const tags = rest.match(/<[^>]*>?/g) ?? [];
  const OURS =
    /^<(?:\/?(?:html|head|title|body|header|main|section|h[1-3]|p|em|div|span|mark|table|caption|thead|tbody|tr|th|td|strong|svg|desc|line|rect|circle|polyline|text|pre|code)\b|!doctype html>|meta )/;
  const ACTIVE = /\s(?:on\w+|style|src|href|srcset|action|data|xlink:href)\s*=/i;
  return [...faults, ...tags.filter((tag) => !OURS.test(tag) || ACTIVE.test(tag.replace(/"[^"]*"/g, '""')))];
}
