import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { escapeHtml } from './escape-html.ts';
import { SORT_SCRIPT } from './sort-script.ts';
import { STYLE } from './style.ts';

/** What a report says beside its results. */
export interface HtmlReportOptions {
  /** Heading of the page (default `Watermark report` or `Account report`). */
  readonly title?: string;
  /** The command that gives the same result again. */
  readonly command?: string;
  /** What the result was made with, in a line. */
  readonly software?: string;
}

/** A page by its parts. */
export interface HtmlPage extends HtmlReportOptions {
  readonly title: string;
  /** What the page's null hypothesis and p-values are, in HTML. */
  readonly introduction: string;
  /** The results, in HTML. */
  readonly sections: string;
  /** What the results do not show, in HTML. */
  readonly limits: string;
}

// By hash, so that nothing else of the page is a style sheet or a script, whatever the texts hold.
const POLICY = [
  "default-src 'none'",
  `style-src '${sourceHash(STYLE)}'`,
  `script-src '${sourceHash(SORT_SCRIPT)}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/**
 * Renders a self-contained page that loads nothing and runs no script but the one that sorts tables.
 *
 * Title and command are escaped. Whoever makes the other parts escapes what stands in them, by `escapeHtml` or `escapeName`.
 */
export function htmlPage({ title, introduction, sections, limits, command, software }: HtmlPage): string {
  const used = software === undefined ? '' : `<p>Made with ${escapeHtml(software)}.</p>\n`;
  const again = command === undefined ? '' : `<pre><code>${escapeHtml(command)}</code></pre>\n`;
  const reproduce =
    command === undefined && software === undefined
      ? ''
      : `<section>\n<h2>Reproduce</h2>\n${again}${used}</section>\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
${introduction}
</header>
<main>
${sections}
<section>
<h2>What this does not show</h2>
${limits}
</section>
${reproduce}</main>
<script>${SORT_SCRIPT}</script>
</body>
</html>
`;
}

// How a Content Security Policy names an inline source: by the SHA-256 of the very characters between its tags.
function sourceHash(source: string): string {
  return `sha256-${btoa(String.fromCharCode(...sha256(utf8ToBytes(source))))}`;
}
