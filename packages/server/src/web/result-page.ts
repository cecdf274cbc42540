import { meaningSection } from './meaning-section.ts';
import { pageLayout } from './page-layout.ts';

// The result's id stands behind the `#` of the address, which browsers send to no server: the script reads it.
const MAIN = `<h1>A result that was given to you</h1>
<p class="lead">Somebody tested a text on this server. The text is not here: neither this server nor the address has kept it.</p>
<noscript><p class="problem">This page needs JavaScript. The <a href="/docs">API</a> does without.</p></noscript>
<div id="result-problem"></div>
<div id="result" role="status" aria-live="polite" aria-label="result"></div>
<section id="compare" aria-labelledby="compare-heading" hidden>
<h2 id="compare-heading">Is it the result of this text?</h2>
<form id="compare-form" aria-label="compare a text">
<label for="compare-text">Text</label>
<textarea id="compare-text" rows="6" spellcheck="false" aria-describedby="compare-note"></textarea>
<p class="note" id="compare-note">Paste the whole text. White space may differ, and nothing else. The text is not kept.</p>
<p class="actions"><button id="compare-submit" class="primary" type="submit">Compare</button></p>
</form>
<div id="compare-problem"></div>
<p id="compared" role="status" aria-label="comparison"></p>
</section>
`;

/** Renders the page that shows a result which was given to somebody. */
export function resultPage(version: string): string {
  return pageLayout({
    title: 'Countermark: a result',
    header: '<a href="/">Test a text</a>\n',
    main: MAIN + meaningSection(),
    scripts: ['result.js'],
    version,
  });
}
