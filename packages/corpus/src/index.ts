export { type FileFormat, type FileLayout, FORMATS, type TextSplit } from './documents/layout.ts';
export { CorpusError, type CorpusErrorCode, type UnreadableReason } from './errors.ts';
export { type FilteredFile, type FilterOptions, filterCorpus } from './filter/filter-corpus.ts';
export { type DetectOptions, detectFileLayout } from './inputs/detect-file-layout.ts';
export type { FileWishes } from './inputs/file-wishes.ts';
export {
  formatManifest,
  type Manifest,
  type ManifestFile,
  type ManifestShard,
  manifestDigest,
  parseManifest,
  type ScanSettings,
} from './manifest/manifest.ts';
export { type PlannedKey, planScan, type ScanPlanOptions } from './manifest/plan-scan.ts';
export { type MergedScan, type MergeOptions, mergeScan } from './merge/merge-scan.ts';
export type { KeyResult, ListedDocument, ScanSummary } from './merge/scan-summary.ts';
export { createStopRule } from './merge/stop-rule.ts';
export type { AccountList } from './merge/trace-accounts.ts';
export { formatPart } from './parts/format-part.ts';
export type { Part } from './parts/part.ts';
export { PartStore, type PartSurvey, surveyParts } from './parts/part-store.ts';
export type { S3Access } from './parts/s3/s3-access.ts';
export { readParquetRows } from './readers/read-parquet.ts';
export { type ScanProgress, type ScanShardOptions, scanShard } from './scan/scan-shard.ts';
export { runShards } from './scan/scan-work.ts';
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
