export type { AuditCounts } from './audit-counts.ts';
export { AuditError, type AuditErrorCode } from './audit-error.ts';
export { AUDIT_ERRORS } from './audit-errors.ts';
export { AuditRun, type AuditRunOptions } from './audit-run.ts';
export {
  auditEndpoint,
  type EndpointAuditOptions,
  type EndpointAuditResult,
  type EndpointProgress,
} from './endpoint/audit-endpoint.ts';
export { type EndpointAccess, shownAddress } from './endpoint/endpoint-client.ts';
export type { EndpointReport } from './endpoint/endpoint-report.ts';
export { type EndpointWishes, fixEndpointTerms, questionForm } from './endpoint/endpoint-terms.ts';
export { parseQuestion, type Question } from './endpoint/question.ts';
export { opensAsRefusal } from './endpoint/refusal.ts';
export { type JournalRecords, readJournalRecords } from './journal/journal.ts';
export type { AuditEnd } from './journal/journal-entry.ts';
export { isJournalLine } from './journal/journal-lines.ts';
export type { Spent, TokenCost } from './journal/spending.ts';
export type { AuditLeadsResult, ClaimedVendor } from './leads/audit-leads.ts';
export { type AuditAccess, ModelAudit, type ModelAuditOptions, type ServedContexts } from './model-audit.ts';
export type { MappingCounts } from './read/map-answer.ts';
export { LEAST_READ } from './read/map-reading.ts';
export { parseAuditRecord, RecordReader } from './read/parse-record.ts';
export type { AuditRecord, Prediction } from './read/record.ts';
export {
  type AuditTest,
  type AuditVerdict,
  auditResult,
  type ModelAuditResult,
  pValueOfAudit,
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
export { checkPlanned, formatAuditPlan, parseAuditPlan } from './terms/audit-plan.ts';
export {
  type AuditBudget,
  type AuditTerms,
  type EndpointTerms,
  termsDigest,
} from './terms/audit-terms.ts';
export { type AuditWishes, type FixedFiles, fixTerms } from './terms/fix-terms.ts';
