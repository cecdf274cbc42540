/** What drives a scan from inputs to a report: what the command and the server share. */
export { groupFieldsOf } from '../documents/layout.ts';
export {
  coverageInWords,
  leftOutInWords,
  type RestOfText,
  sumCoverages,
  type TextCoverage,
} from '../documents/text-coverage.ts';
export {
  DOCUMENTS,
  isDocumentsFile,
  MANIFEST,
  PARTS,
  REPORT,
  SCAN_FILES,
  SUMMARY,
} from '../files/scan-files.ts';
export type { Inputs } from '../inputs/expand-inputs.ts';
export {
  type ExplainedFile,
  type ExplainedRecord,
  type ExplainedText,
  explainFile,
} from '../inputs/explain-file.ts';
export type { UnreadInput, UnreadReason } from '../inputs/unread-input.ts';
export { filesOfShard } from '../manifest/manifest.ts';
export { tokensOf } from '../manifest/plan-scan.ts';
export { findCredentials } from '../parts/s3/aws-credentials.ts';
export type { AwsCredentials } from '../parts/s3/handed-out.ts';
export { isS3Location } from '../parts/s3/s3-location.ts';
export { s3Store } from '../parts/s3/service-endpoint.ts';
export { shownLocation } from '../readers/bytes/shown-location.ts';
export { openTools } from '../scan/open-tools.ts';
export {
  openScanRunner,
  type RunOptions,
  type RunState,
  type ScanOutcome,
  type ScanRunner,
} from '../scan/scan-work.ts';
export type { ScanTools } from '../scan/shard-scan.ts';
export type { DocumentSink, WalkOptions } from '../scan/walk-shard.ts';
export { walkShard } from '../scan/walk-shard.ts';
export { CORPUS_ERRORS } from '../shards/corpus-errors.ts';
export { serveShards } from '../shards/serve-shards.ts';
export type {
  MadeShard,
  OpenShardProgram,
  ShardContext,
  ShardPlace,
  ShardProgram,
  ShardWork,
} from '../shards/shard-program.ts';
export { ShardRunner } from '../shards/shard-runner.ts';
export { type FinishPlaces, finishScan, mergeThreads } from './finish-scan.ts';
export { missingShards } from './missing-shards.ts';
export { readPlan, writePlan } from './plan-file.ts';
export { chooseSeed, type InputPlanOptions, planInputs, type ScanSource } from './plan-inputs.ts';
export { type DrivenParts, type DrivenScan, type DriveOptions, runScan, scanSetup } from './run-scan.ts';
