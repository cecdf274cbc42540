/** What tests look at and nobody else: no part of the published package, so that it may change at any time. */
export { Coverage, type CoverageCounts, type FieldCoverage, type LeftOut } from './documents/coverage.ts';
export type {
  CorpusDocument,
  ReadRecord,
  RecordFailure,
  RecordFailureCode,
  RecordPlace,
} from './documents/document.ts';
export type { Compression, DocumentLayout, ShardRange, ShardSource } from './documents/layout.ts';
export { textCoverage } from './documents/text-coverage.ts';
export type { LayoutWishes } from './inputs/choose-layout.ts';
export { detectFileLayouts } from './inputs/detect-file-layout.ts';
export { type ExpandOptions, expandInputs, type UnknownFiles } from './inputs/expand-inputs.ts';
export type { DetectedLayout } from './inputs/file-wishes.ts';
export { type PlannedFile, type PlannedShard, planShards, type ShardOptions } from './inputs/plan-shards.ts';
export { decoyKeys } from './manifest/decoy-keys.ts';
export type { ReadOptions, ShardCount } from './readers/read-options.ts';
export { readShard } from './readers/read-shard.ts';
export { htmlScanReport, type ScanHeatMap, type ScanReportOptions } from './report/html-scan-report.ts';
export { type ResultOptions, writeResult } from './report/write-result.ts';
export type { ScanCounter, WorkerSetup } from './scan/scan-work.ts';
