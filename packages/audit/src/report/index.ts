/** The result of an audit as a page. */
export { htmlAuditReport } from './html-audit-report.ts';
