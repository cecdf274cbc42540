/** Parts of the documentation that a benchmark writes. */
import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Replaces what stands between `<!-- generated: NAME -->` and `<!-- end -->` in a page of docs/. Blocks of other names are another script's, and stay.
 *
 * @param page   its file name.
 * @param blocks for each name, the Markdown between the two lines.
 * @throws {Error} if the page lacks a block.
 */
export function writeBlocks(page: string, blocks: Readonly<Record<string, string>>): void {
  const path = new URL(`../../../docs/${page}`, import.meta.url);
  const written = new Set<string>();
  const text = readFileSync(path, 'utf8').replace(
    /(<!-- generated: (\S+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (whole, start: string, name: string, end: string) => {
      const block = blocks[name];
      if (block === undefined) return whole;
      written.add(name);
      return `${start}\n${block.trim()}\n\n${end}`;
    },
  );
  const lost = Object.keys(blocks).filter((name) => !written.has(name));
  if (lost.length > 0) throw new Error(`docs/${page}: has no block for ${lost.join(', ')}`);
  writeFileSync(path, text);
}

/** Returns a table in Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
