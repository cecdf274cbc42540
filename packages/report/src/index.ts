/** Building blocks of self-contained reports. */
export { axisTicks } from './axis-ticks.ts';
export { type CurveOptions, type CurvePoint, curveSvg, type ShadedPart } from './curve-svg.ts';
export { type Cell, type DataTable, dataTable } from './data-table.ts';
export { escapeHtml, escapeName, spellOut } from './escape-html.ts';
export { factList } from './fact-list.ts';
export { type HtmlPage, type HtmlReportOptions, htmlPage } from './html-page.ts';
export {
  countOf,
  formatBytes,
  formatCount,
  formatEValue,
  formatLevel,
  formatLog10,
  formatPValue,
  formatShare,
  wordsOfTokens,
} from './numbers.ts';
export { byRank, PAGE_SECTIONS, shareTokens, TABLE_ROWS, takeFirst } from './page-limits.ts';
export { STYLE as REPORT_STYLE } from './style.ts';
