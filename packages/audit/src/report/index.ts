/** The result of an audit as a page. */
export type { ReportedAudit } from './endpoint-section.ts';
export { htmlAuditReport } from './html-audit-report.ts';
