export type { AuditCounts } from './audit-counts.ts';
export { AuditRun, type AuditRunOptions } from './audit-run.ts';
export { type AuditAccess, ModelAudit, type ModelAuditOptions } from './model-audit.ts';
export { parseAuditRecord } from './read/parse-record.ts';
export type { AuditRecord, Prediction } from './read/record.ts';
export {
  type AuditTest,
  type AuditVerdict,
  auditResult,
  type ModelAuditResult,
} from './result/audit-result.ts';
export { type TraceStrength, traceStrength } from './result/audit-strength.ts';
export { type AuditStatistic, AuditTally, type TallyCounts } from './score/audit-tally.ts';
export { SoftScores } from './score/soft-scores.ts';
export { levelOf, WEIGHT_LEVELS, WEIGHT_PARTS } from './score/weight-levels.ts';
