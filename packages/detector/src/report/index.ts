/** Reports as HTML pages, and the building blocks of one, for reports of other packages that look and behave like these. */
export { axisTicks } from './axis-ticks.ts';
export { type Cell, type DataTable, dataTable } from './data-table.ts';
export { decoysInWords } from './decoys-in-words.ts';
export { correctionsInWords } from './detection-sentence.ts';
export { escapeHtml, escapeName } from './escape-html.ts';
export { type EvidencePoint, evidenceCurve } from './evidence-curve.ts';
export { factList } from './fact-list.ts';
export { formatEValue } from './format-e-value.ts';
export { formatLevel } from './format-level.ts';
export { formatPValue } from './format-p-value.ts';
export { basisInWords, leastInWords, remedyInWords } from './grounds-in-words.ts';
export { type HeatMapRegion, heatMap } from './heat-map.ts';
export { type HtmlPage, type HtmlReportOptions, htmlPage } from './html-page.ts';
export { htmlReport, type ReportDocument } from './html-report.ts';
export { htmlTraceReport } from './html-trace-report.ts';
export { STYLE as REPORT_STYLE } from './style.ts';
export { type TokenPiece, tokenPieces } from './token-pieces.ts';
