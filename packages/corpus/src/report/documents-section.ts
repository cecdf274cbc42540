import type { TokenReport } from '@countermark/detector';
import { heatMap, tokenPieces } from '@countermark/detector/report';
import {
  type Cell,
  countOf,
  dataTable,
  formatCount,
  formatEValue,
  formatPValue,
  formatShare,
} from '@countermark/report';
import type { ListedDocument, ScanSummary } from '../merge/scan-summary.ts';
import { HEAT_MAP_TOKENS, HEAT_MAPS, TABLE_ROWS } from './page-rows.ts';
import { shownName } from './shown-name.ts';

/** A listed document whose tokens are drawn. */
export interface ScanHeatMap {
  readonly document: ListedDocument;
  /** The document under the key that lists it. */
  readonly trace: TokenReport;
}

/** Renders the documents with the strongest evidence, and the tokens of some. */
export function documentsSection(summary: ScanSummary, heatMaps: readonly ScanHeatMap[]): string {
  const drawn = heatMaps.slice(0, HEAT_MAPS);
  const left = heatMaps.length - drawn.length;
  const rest = left > 0 ? `<p class="note">${countOf(left, 'more document')} not drawn.</p>\n` : '';
  return `<section>
<h2>Strongest documents</h2>
${summary.top.length === 0 ? '<p>No document has enough scored tokens to be listed.</p>\n' : documentTable(summary)}${drawn.map(drawing).join('')}${rest}</section>
`;
}

function documentTable({ top, keys, detected, falseDiscoveryRate }: ScanSummary): string {
  const shown = top.slice(0, TABLE_ROWS);
  const hasAccounts = shown.some(({ account }) => account !== undefined);
  const hasKeys = keys.length > 1;
  const hasRegions = shown.some(({ regions }) => regions !== undefined);
  const summary =
    detected === 0
      ? `<p>No document is detected at q ≤ ${formatShare(falseDiscoveryRate)}.</p>
`
      : `<p>${countOf(detected, 'document')} detected, with q ≤ ${formatShare(falseDiscoveryRate)}: of documents called so, at most that share is expected to be false.</p>
`;
  const table = dataTable({
    caption: `The ${countOf(shown.length, 'document')} with the strongest evidence. The p-value is the document’s own under its key. The q-value is corrected for all documents, and decides whether this one is detected. Records are counted from 0, lines from 1.`,
    headings: [
      ...['document', 'file', 'place', 'tokens', 'scored', 'p-value', 'q-value', 'e-value'],
      ...(hasKeys ? ['key'] : []),
      ...(hasAccounts ? ['account'] : []),
      ...(hasRegions ? ['marked parts'] : []),
    ],
    rows: shown.map((document): Cell[] => [
      { html: shownName(document.id) },
      { html: shownName(document.file) },
      { html: placeOf(document) },
      { text: formatCount(document.tokens), value: document.tokens },
      { text: formatCount(document.scored), value: document.scored },
      { text: formatPValue(document.log10PValue), value: document.log10PValue },
      { text: formatPValue(document.log10QValue), value: document.log10QValue },
      { text: formatEValue(document.log10EValue), value: document.log10EValue },
      ...(hasKeys ? [{ html: shownName(document.keyId) }] : []),
      ...(hasAccounts ? [accountCell(document)] : []),
      ...(hasRegions ? [regionCell(document)] : []),
    ]),
    left: top.length - shown.length,
  });
  return `${summary}${table}`;
}

function placeOf({ line, record, answer }: ListedDocument): string {
  const place = line === undefined ? `record ${formatCount(record)}` : `line ${formatCount(line)}`;
  return answer === undefined ? place : `${place}, ${shownName(answer)}`;
}

function accountCell({ account }: ListedDocument): Cell {
  return { html: account === undefined ? 'none named' : shownName(account) };
}

function regionCell({ regions }: ListedDocument): Cell {
  return regions === undefined
    ? { text: 'not looked for', value: -1 }
    : { text: formatCount(regions.length), value: regions.length };
}

function drawing({ document, trace }: ScanHeatMap): string {
  const regions = (document.regions ?? []).map(({ start, end }) => ({ tokens: { start, end } }));
  const framed = regions.length > 0 ? ' Framed: parts that carry the mark; borders are estimates.' : '';
  return `<h3>${shownName(document.id)}</h3>
<p class="note">${shownName(document.file)}, ${placeOf(document)}: p = ${formatPValue(document.log10PValue)}, q = ${formatPValue(document.log10QValue)}.${framed}</p>
${heatMap(trace, tokenPieces(trace, HEAT_MAP_TOKENS), regions)}`;
}
