export type { AuditCounts } from './audit-counts.ts';
export { AuditRun, type AuditRunOptions } from './audit-run.ts';
export type { AuditLeadsResult, ClaimedVendor } from './leads/audit-leads.ts';
export { type AuditAccess, ModelAudit, type ModelAuditOptions, type ServedContexts } from './model-audit.ts';
export { parseAuditRecord } from './read/parse-record.ts';
export type { AuditRecord, Prediction } from './read/record.ts';
export {
  type AuditTest,
  type AuditVerdict,
  auditResult,
  type ModelAuditResult,
  type ServedFigures,
} from './result/audit-result.ts';
export { type TraceStrength, traceStrength } from './result/audit-strength.ts';
export type { EvidencePoint } from './result/evidence-path.ts';
export type { GroupFinding, GroupFindings } from './result/group-findings.ts';
export { type AuditStatistic, AuditTally, type TallyCounts } from './score/audit-tally.ts';
export { SoftScores } from './score/soft-scores.ts';
export { levelOf, WEIGHT_LEVELS, WEIGHT_PARTS } from './score/weight-levels.ts';
export { type CollectorOptions, ContextCollector, type ServedAnswer } from './served/context-collector.ts';
export { ContextSet } from './served/context-set.ts';
export { ContextSetError, type ContextSetErrorCode } from './served/context-set-error.ts';
export type { ContextSetFacts } from './served/context-set-file.ts';
export { mergeContextSets } from './served/merge-context-sets.ts';
