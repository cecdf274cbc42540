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
