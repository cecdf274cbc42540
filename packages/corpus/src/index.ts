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
  type FileReading,
  FORMATS,
  type ShardRange,
  type ShardSource,
  type TextSplit,
} from './documents/layout.ts';
export { CorpusError, type CorpusErrorCode, type UnreadableReason } from './errors.ts';
export { DOCUMENTS, MANIFEST, PARTS, REPORT, SCAN_FILES, SUMMARY } from './files/scan-files.ts';
export {
  codeOf,
  hasNoLinks,
  putInPlace,
  removeStale,
  writeThrough,
  writeWhole,
} from './files/write-whole.ts';
export type { LayoutWishes } from './inputs/choose-layout.ts';
export {
  type DetectedReading,
  type DetectOptions,
  detectReading,
  detectReadings,
  type ReadingWishes,
} from './inputs/detect-reading.ts';
export { type ExpandOptions, expandInputs, type Inputs, type UnknownFiles } from './inputs/expand-inputs.ts';
export { type PlannedFile, type PlannedShard, planShards, type ShardOptions } from './inputs/plan-shards.ts';
export { UNREAD_REASONS, type UnreadInput, type UnreadReason } from './inputs/unread-input.ts';
export { decoyKeys } from './manifest/decoy-keys.ts';
export {
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
export { type Passing, passingOf } from './repeat.ts';
export { htmlScanReport, type ScanHeatMap, type ScanReportOptions } from './report/html-scan-report.ts';
export { type ResultOptions, writeResult } from './report/write-result.ts';
export { openTokenizers, openTools } from './scan/open-tools.ts';
export { runShards, ShardRunner } from './scan/run-shards.ts';
export { type ScanProgress, type ScanShardOptions, type ScanTools, scanShard } from './scan/scan-shard.ts';
export type { ScanOutcome, WorkerSetup } from './scan/scan-task.ts';
export type { RunOptions, RunState } from './scan/shard-run.ts';
export { readJsonLines, type StreamRecord } from './stream/read-json-lines.ts';
export {
  type AnnotatedRecord,
  type DocumentEvidence,
  type RecordAnnotation,
  type StreamOptions,
  scanDocuments,
  scanRecords,
} from './stream/scan-documents.ts';
