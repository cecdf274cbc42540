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
export { CorpusError, type CorpusErrorCode } from './errors.ts';
export type { LayoutWishes } from './inputs/choose-layout.ts';
export { type DetectedReading, detectReading, type ReadingWishes } from './inputs/detect-reading.ts';
export { expandInputs, type Inputs } from './inputs/expand-inputs.ts';
export { type PlannedFile, type PlannedShard, planShards, type ShardOptions } from './inputs/plan-shards.ts';
export type { ReadOptions, ShardCount } from './readers/read-options.ts';
export { readShard } from './readers/read-shard.ts';
