export { Coverage, type CoverageCounts, type FieldCoverage, type LeftOut } from './documents/coverage.ts';
export type {
  CorpusDocument,
  ReadRecord,
  RecordFailure,
  RecordFailureCode,
  RecordPlace,
} from './documents/document.ts';
export {
  type Compression,
  type DocumentLayout,
  type FileFormat,
  type FileLayout,
  FORMATS,
  type ShardRange,
  type ShardSource,
  type TextSplit,
} from './documents/layout.ts';
export {
  coverageInWords,
  leftOutInWords,
  percentOf,
  type RestOfText,
  sumCoverages,
  type TextCoverage,
  textCoverage,
} from './documents/text-coverage.ts';
export { type FinishPlaces, finishScan, mergeThreads } from './driver/finish-scan.ts';
export { missingShards } from './driver/missing-shards.ts';
export { readPlan, writePlan } from './driver/plan-file.ts';
export { chooseSeed, type InputPlanOptions, planInputs, type ScanSource } from './driver/plan-inputs.ts';
export {
  type DrivenParts,
  type DrivenScan,
  type DriveOptions,
  runScan,
  scanSetup,
} from './driver/run-scan.ts';
export { CorpusError, type CorpusErrorCode, type UnreadableReason } from './errors.ts';
export {
  DOCUMENTS,
  isDocumentsFile,
  MANIFEST,
  PARTS,
  REPORT,
  SCAN_FILES,
  SUMMARY,
} from './files/scan-files.ts';
export { type FilteredFile, type FilterOptions, filterCorpus } from './filter/filter-corpus.ts';
export type { LayoutWishes } from './inputs/choose-layout.ts';
export { type DetectOptions, detectFileLayout, detectFileLayouts } from './inputs/detect-file-layout.ts';
export { type ExpandOptions, expandInputs, type Inputs, type UnknownFiles } from './inputs/expand-inputs.ts';
export {
  type ExplainedFile,
  type ExplainedRecord,
  type ExplainedText,
  explainFile,
} from './inputs/explain-file.ts';
export type { DetectedLayout, FileWishes } from './inputs/file-wishes.ts';
export { type PlannedFile, type PlannedShard, planShards, type ShardOptions } from './inputs/plan-shards.ts';
export { UNREAD_REASONS, type UnreadInput, type UnreadReason } from './inputs/unread-input.ts';
export { decoyKeys } from './manifest/decoy-keys.ts';
export {
  filesOfShard,
  formatManifest,
  type Manifest,
  type ManifestFile,
  type ManifestShard,
  manifestDigest,
  parseManifest,
  type ScanSettings,
} from './manifest/manifest.ts';
export { type PlannedKey, planScan, type ScanPlanOptions, tokensOf } from './manifest/plan-scan.ts';
export { type MergedScan, type MergeOptions, mergeScan } from './merge/merge-scan.ts';
export type { KeyResult, ListedDocument, ScanSummary } from './merge/scan-summary.ts';
export { createStopRule } from './merge/stop-rule.ts';
export type { AccountList } from './merge/trace-accounts.ts';
export { formatPart, type Part } from './parts/part.ts';
export { PartStore, type PartSurvey, surveyParts } from './parts/part-store.ts';
export type { S3Access } from './parts/s3/s3-access.ts';
export { isS3Location } from './parts/s3/s3-location.ts';
export { holdsSecret, shownLocation } from './readers/bytes/shown-location.ts';
export type { ReadOptions, ShardCount } from './readers/read-options.ts';
export { readShard } from './readers/read-shard.ts';
export { htmlScanReport, type ScanHeatMap, type ScanReportOptions } from './report/html-scan-report.ts';
export { type ResultOptions, writeResult } from './report/write-result.ts';
export { openTools } from './scan/open-tools.ts';
export { type ScanProgress, type ScanShardOptions, scanShard } from './scan/scan-shard.ts';
export {
  openScanRunner,
  type RunOptions,
  type RunState,
  runShards,
  type ScanCounter,
  type ScanOutcome,
  type ScanRunner,
  type WorkerSetup,
} from './scan/scan-work.ts';
export type { ScanTools } from './scan/shard-scan.ts';
export { CORPUS_ERRORS } from './shards/corpus-errors.ts';
export { serveShards } from './shards/serve-shards.ts';
export type {
  MadeShard,
  OpenShardProgram,
  ShardContext,
  ShardPlace,
  ShardProgram,
  ShardWork,
} from './shards/shard-program.ts';
export { ShardRunner } from './shards/shard-runner.ts';
export { annotateLine } from './stream/annotate-line.ts';
export { readJsonLines, type StreamRecord } from './stream/read-json-lines.ts';
export {
  type AnnotatedRecord,
  type DocumentEvidence,
  type RecordAnnotation,
  type StreamOptions,
  scanDocuments,
  scanRecords,
} from './stream/scan-documents.ts';
