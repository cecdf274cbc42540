export { type EvidencePoint, evidenceCurve } from './evidence-curve.ts';
export { formatPValue } from './format-p-value.ts';
export type { HtmlReportOptions } from './html-page.ts';
export { htmlReport, type ReportDocument } from './html-report.ts';
export { htmlTraceReport } from './html-trace-report.ts';
