export { type AccountIds, PackedAccounts, packAccounts } from './accounts/account-ids.ts';
export type { AccountSlots, ListedAccounts } from './accounts/account-slots.ts';
export { CHECK_NAMES, type Check, type CheckName, type ResultToCheck } from './check/check.ts';
export { type ControlReport, checkControls, type NamedResult } from './check/check-controls.ts';
export { type CheckReport, checkResult } from './check/check-result.ts';
export { type TupleEvidence, tupleEvidence } from './check/tuple-evidence.ts';
export { correctDocuments } from './detect/correct-documents.ts';
export type {
  Correction,
  Detection,
  DetectionSettings,
  KeyDetection,
  UsedTokenizer,
  Verdict,
} from './detect/detection.ts';
export {
  Detector,
  type DetectorOptions,
  type Normalization,
  type ReportedDetection,
} from './detect/detector.ts';
export type { TokenReport } from './detect/token-report.ts';
export { testedTuples } from './detect/verdict.ts';
export { DetectorError, type DetectorErrorCode } from './errors.ts';
export {
  type Finding,
  type FindingInput,
  type FindingKey,
  type FindingObject,
  type FindingParts,
  findingInput,
  findingOf,
  NULL_HYPOTHESES,
  tokensDigest,
} from './finding/finding.ts';
export { type Software, softwareInWords, usedSoftware } from './finding/software.ts';
export { type DecoyOptions, type DecoyTest, drawDecoys, rankAmongDecoys } from './key-tests/decoys.ts';
export { nullTailLog10 } from './law/law-of.ts';
export { normalizeBy } from './read/normalization.ts';
export { characterSpans } from './regions/character-spans.ts';
export type { Region, Span } from './regions/region.ts';
export { type Dedup, TOKEN_STATUSES, type TokenStatus } from './score/scorer.ts';
export type { Statistic } from './score/statistic.ts';
export type { AccountEvidencePoint } from './trace/account-growth.ts';
export type {
  AccountTrace,
  AccountTraces,
  TraceCorrection,
  TracedAccount,
  TraceVerdict,
} from './trace/account-trace.ts';
export { AccountTracer, type AccountTracerOptions, type TraceOptions } from './trace/account-tracer.ts';
export type { TokenProbabilities } from './weights/token-weights.ts';
export type { ProbabilitySource } from './weights/weighted-scores.ts';
export type { WeightedTest } from './weights/weighted-test.ts';
