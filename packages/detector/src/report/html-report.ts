import type { Detection } from '../detection.ts';
import type { TracedDetection } from '../detector.ts';
import { curveSvg } from './curve-svg.ts';
import { escapeHtml } from './escape-html.ts';
import { evidenceCurve } from './evidence-curve.ts';
import { formatPValue } from './format-p-value.ts';
import { heatMap } from './heat-map.ts';
import { STYLE } from './style.ts';

/** One document of a report. */
export interface ReportDocument {
  /** What people call it: a file name. */
  readonly name: string;
  /** The document's tokens and its detection before any correction over documents. */
  readonly traced: TracedDetection;
  /** Its final detection, from `correctDocuments`. */
  readonly detection: Detection;
}

/** What a report says beside its documents. */
export interface HtmlReportOptions {
  /** Heading of the page (default `Watermark report`). */
  readonly title?: string;
  /** The command that gives the same result again. */
  readonly command?: string;
}

const CURVE_POINTS = 200;

/**
 * Renders detections as one self-contained HTML page without any script, font or image from elsewhere.
 *
 * @param documents in the order to show.
 * @param options   see {@link HtmlReportOptions}.
 */
export function htmlReport(documents: readonly ReportDocument[], options: HtmlReportOptions = {}): string {
  const { title = 'Watermark report', command } = options;
  const reproduce =
    command === undefined ? '' : `<h2>Reproduce</h2><p><code>${escapeHtml(command)}</code></p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p>Null hypothesis: the document was produced without access to the key. A p-value is the probability, if that is true,
of a statistic at least as large as the one observed; it is an exact tail, not an approximation.</p>
${documents.length > 1 ? summary(documents) : ''}
${documents.map(documentSection).join('\n')}
<h2>What this does not show</h2>
<p>A detection is evidence that text was produced with the key, by whoever had access to a model marked with it. It does not say
who wrote or asked for it. No detection is no evidence that a person wrote the text: other models, other keys, short texts, edits
and paraphrases carry no mark or a weaker one.</p>
${reproduce}
</body>
</html>
`;
}

// One row a document.
function summary(documents: readonly ReportDocument[]): string {
  const lines = documents.map(({ name, detection: { verdict, log10PValue, log10QValue } }) => {
    const value =
      log10QValue === undefined ? `p ${formatPValue(log10PValue)}` : `q ${formatPValue(log10QValue)}`;
    return `<tr><td>${escapeHtml(name)}</td><td>${verdict}</td><td>${value}</td></tr>`;
  });
  return `<table class="summary">${lines.join('')}</table>`;
}

function documentSection({ name, traced, detection }: ReportDocument): string {
  const curve = evidenceCurve(traced, CURVE_POINTS);
  return `<section>
<h2>${escapeHtml(name)}</h2>
<p class="verdict ${detection.verdict}">${verdictLine(detection)}</p>
<table>${rows(detection)}</table>
${curveSvg(curve, Math.log10(detection.alpha))}
<p class="note">The curve shows this key's own evidence in the first tokens. Only its end is the test${detection.regions === undefined ? '' : ' of the whole document'}.</p>
${regionTable(detection)}${heatMap(traced, detection.regions ?? [])}
<p class="note legend">How surprising a scored token is without the mark:
<span class="l0">1 in 1</span><span class="l1">1 in 2</span><span class="l2">1 in 4</span><span class="l3">1 in 20</span><span class="l4">1 in 100</span>
<span class="off">grey: not scored</span></p>
</section>`;
}

function verdictLine({ verdict, alpha, scored, minTokens }: Detection): string {
  switch (verdict) {
    case 'detected':
      return `Detected: the null hypothesis is rejected at level ${alpha}.`;
    case 'not-detected':
      return `Not detected at level ${alpha}.`;
    case 'inconclusive':
      return scored < minTokens
        ? `Inconclusive: ${scored} scored tokens, at least ${minTokens} are needed.`
        : `Inconclusive: not detected at level ${alpha}, and another key has fewer than ${minTokens} scored tokens.`;
  }
}

function regionTable({ regions, alpha }: Detection): string {
  if (regions === undefined) return '';
  if (regions.length === 0)
    return `<p>No part of the document was found to carry the mark at level ${alpha}.</p>`;
  const lines = regions.map(({ tokens, characters, scored, log10PValue }) => {
    const place = characters === undefined ? '' : `${characters.start} to ${characters.end}`;
    return `<tr><td>${tokens.start} to ${tokens.end}</td><td>${place}</td><td>${scored}</td><td>${formatPValue(log10PValue)}</td></tr>`;
  });
  return `<table class="regions"><caption>Parts in which tokens are marked, framed below. The p-values are corrected for the search;
borders are estimates.</caption>
<thead><tr><th scope="col">tokens</th><th scope="col">characters</th><th scope="col">scored</th><th scope="col">p-value</th></tr></thead>
<tbody>${lines.join('')}</tbody></table>
`;
}

// Three decimals that never claim more than the number.
function roundedUp(log10PValue: number): string {
  return (Math.ceil(log10PValue * 1000) / 1000).toFixed(3);
}

function rows(detection: Detection): string {
  const { statistic, corrections, normalization } = detection;
  const cells: [string, string][] = [
    ['p-value', `${formatPValue(detection.log10PValue)} (log₁₀ p = ${roundedUp(detection.log10PValue)})`],
  ];
  if (detection.log10QValue !== undefined) {
    cells.push(['q-value over the documents', formatPValue(detection.log10QValue)]);
  }
  cells.push(
    ['scored tokens', `${detection.scored} of ${detection.total}`],
    [
      'not scored',
      `${detection.otherSlots} in other slots, ${detection.duplicates} repeated, ${detection.withoutContext} without a context`,
    ],
    ['effect size', `${statistic.zScore.toFixed(2)} standard deviations (${statistic.scheme})`],
    [
      'corrected for',
      corrections.map(({ method, over, tests }) => `${tests} ${over} (${method})`).join(', ') || '1 test',
    ],
    [
      'normalisation',
      normalization.map(({ kind, count }) => `${count} × ${kind}`).join(', ') || 'nothing changed',
    ],
    ['key id', detection.keyId],
    ['parameters', detection.params],
  );
  return cells
    .map(([name, value]) => `<tr><th scope="row">${name}</th><td>${escapeHtml(value)}</td></tr>`)
    .join('');
}
