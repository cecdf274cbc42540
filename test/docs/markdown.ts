/** Reads the parts of Markdown files that tests check. */

/** A fenced block. */
export interface Block {
  /** What stands behind the opening fence. */
  readonly language: string;
  /** The line of the opening fence, from 1. */
  readonly line: number;
  readonly code: string;
}

/** Returns the fenced blocks of a text, also those within lists. */
export function fencedBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { language: string; line: number; lines: string[] } | undefined;
  for (const [i, line] of markdown.split('\n').entries()) {
    const fence = /^\s*```(.*)$/.exec(line);
    if (open === undefined && fence !== null) open = { language: fence[1] ?? '', line: i + 1, lines: [] };
    else if (open !== undefined && fence !== null) {
      blocks.push({ language: open.language, line: open.line, code: `${open.lines.join('\n')}\n` });
      open = undefined;
    } else open?.lines.push(line);
  }
  if (open !== undefined) throw new Error(`the block at line ${open.line} is not closed`);
  return blocks;
}

/** Returns the text without its fenced blocks. */
function withoutBlocks(markdown: string): string {
  return markdown.replace(/^\s*```[\s\S]*?^\s*```$/gm, '');
}

/** Returns the targets of the links, images included. */
export function linkTargets(markdown: string): string[] {
  return Array.from(withoutBlocks(markdown).matchAll(/\]\(([^()\s]+)\)/g), ([, target = '']) => target);
}

/** Returns the fragments by which GitHub lets one link to the headings. */
export function headingFragments(markdown: string): string[] {
  return Array.from(withoutBlocks(markdown).matchAll(/^#{1,6} (.+)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
