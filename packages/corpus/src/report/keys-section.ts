import { decoysInWords } from '@countermark/detector/report';
import { type Cell, dataTable, formatCount, formatEValue, formatPValue } from '@countermark/report';
import type { KeyResult, ScanSummary } from '../merge/scan-summary.ts';
import { TABLE_ROWS } from './page-rows.ts';
import { shownName } from './shown-name.ts';

const TWO_TESTS = `<p>Two tests are made with each key. The pooled test takes all of the corpus together: it is strong where much of it is marked, each text perhaps weakly.
The test of the documents takes the mean of their e-values: it is strong where few documents are marked, each of them clearly.</p>
`;

/** Renders the tests of the whole corpus, key by key. */
export function keysSection({ keys }: ScanSummary): string {
  const shown = keys.slice(0, TABLE_ROWS);
  const left = keys.length - shown.length;
  return `<section>
<h2>Keys</h2>
${TWO_TESTS}${shown.map(decoyAlarm).join('')}${dataTable({
  caption:
    'The corpus under each key. The p-value is the smaller of the two tests’, corrected because there are two of them (Bonferroni) and because there may be several keys (Holm).',
  headings: [
    ...['key', 'verdict', 'p-value', 'p, pooled', 'p, documents'],
    ...['e-value, documents', 'documents'],
  ],
  rows: shown.map(resultRow),
  left,
})}${dataTable({
  caption:
    'The pooled test: n tokens, each with the few before it, and however often such a tuple occurs it counts once. z is the size of the effect and decides nothing. Of a large corpus a random sample of the tuples is tested: at sample level L, the share 2^−L.',
  headings: ['key', 'n', 'z', 'sample level', 'tuples in the corpus', 'running e-value'],
  rows: shown.map(pooledRow),
  left,
})}${dataTable({
  caption: 'Parameters of the keys.',
  headings: ['key', 'scheme', 'fingerprint'],
  rows: shown.map(({ keyId, scheme, params }) => [
    { html: shownName(keyId) },
    { html: shownName(scheme) },
    { html: shownName(params) },
  ]),
  left,
})}${decoyTable(shown)}</section>
`;
}

function resultRow({ keyId, verdict, log10PValue, pooled, documents }: KeyResult): Cell[] {
  return [
    { html: shownName(keyId) },
    { html: verdict },
    pValueCell(log10PValue),
    pValueCell(pooled.log10PValue),
    pValueCell(documents.log10PValue),
    { text: formatEValue(documents.log10EValue), value: documents.log10EValue },
    { text: formatCount(documents.count), value: documents.count },
  ];
}

function pooledRow({ keyId, pooled }: KeyResult): Cell[] {
  const { scored, zScore, level, uniqueTuples, log10EValue } = pooled;
  return [
    { html: shownName(keyId) },
    { text: formatCount(scored), value: scored },
    { text: zScore.toFixed(2), value: zScore },
    { text: String(level), value: level },
    { text: `${level > 0 ? 'about ' : ''}${formatCount(uniqueTuples)}`, value: uniqueTuples },
    { text: formatEValue(log10EValue), value: log10EValue },
  ];
}

function decoyTable(keys: readonly KeyResult[]): string {
  const rows = keys.flatMap(({ keyId, decoys }) =>
    decoys === undefined ? [] : [[{ html: shownName(keyId) }, { html: decoysInWords(decoys) }]],
  );
  if (rows.length === 0) return '';
  return dataTable({
    caption: 'The pooled test among those of random keys: a check that p-values mean what they say.',
    headings: ['key', 'among random keys'],
    rows,
  });
}

function decoyAlarm({ keyId, decoys }: KeyResult): string {
  if (decoys?.alarm !== true) return '';
  return `<p class="alarm">Alarm: ${formatCount(decoys.belowOnePercent)} of ${formatCount(decoys.count)} random keys like ${shownName(keyId)} have p ≤ 0.01 on this corpus, which has probability ${formatPValue(decoys.log10AlarmPValue)}. So no p-value on it can be relied on.</p>\n`;
}

function pValueCell(log10PValue: number): Cell {
  return { text: formatPValue(log10PValue), value: log10PValue };
}
