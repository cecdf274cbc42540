import { escapeHtml } from '@countermark/report';

/** A page of the server by its parts, which are HTML. */
export interface PageParts {
  readonly title: string;
  /** What stands beside the name, such as a form to sign in. */
  readonly header?: string;
  readonly main: string;
  /** Modules of `/assets` to run. */
  readonly scripts?: readonly string[];
  readonly version: string;
}

/** Renders a page that loads nothing but this server's own style sheet and scripts. */
export function pageLayout({ title, header = '', main, scripts = [], version }: PageParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/page.css">
${scripts.map((name) => `<script type="module" src="/assets/${name}"></script>\n`).join('')}</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="site">
<p class="brand"><a href="/">Countermark</a></p>
<nav aria-label="site"><a href="/docs">API reference</a></nav>
${header}</header>
<main id="main" tabindex="-1">
${main}</main>
<footer>
<p>Countermark ${escapeHtml(version)} · <a href="/docs">API reference</a> · <a href="/openapi.json">OpenAPI</a></p>
</footer>
</body>
</html>
`;
}
