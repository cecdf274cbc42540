/** What readers yield: the documents of a record, or what was wrong with the record. */

/** Where a record stands in its shard. */
export interface RecordPlace {
  /** Its number in the shard, from 0; records that failed count. */
  readonly record: number;
  /** Its first line in the shard, from 0, where the format has lines; a file's shards are added up when parts are merged. */
  readonly line?: number;
  /** Where it starts in the file, in bytes, after decompression; for Parquet and Arrow, undefined. */
  readonly byteOffset?: number;
}

/** A document: a text or token ids, in one or several pieces. */
export interface CorpusDocument extends RecordPlace {
  /** The record's own id, where its field was named or found. */
  readonly id?: string;
  /** The record's value of the field by which documents are counted, where it has one. */
  readonly group?: string;
  /** Which of a record's answers it is, where a record has several: the path to it, `choices[0].turns[1]`. */
  readonly answer?: string;
  /**
   * What is tested: the whole text, each of an assistant's turns, or token ids `[n]`. No context reaches from one to the next.
   *
   * All of one document are of one kind.
   */
  readonly segments: readonly string[] | readonly Uint32Array[];
}

/** What can be wrong with a record, as a stable string. */
export type RecordFailureCode =
  | 'invalid-json'
  | 'invalid-utf8'
  | 'field-missing'
  | 'field-type'
  | 'too-long'
  | 'invalid-csv'
  | 'token-out-of-range'
  /** The tokenizer cannot encode the text. */
  | 'tokenizer-refused'
  | 'damaged'
  /** A member of an archive that cannot be read, or of a format that the plan did not see. */
  | 'unread-member'
  | 'timed-out'
  | 'worker-crashed';

/** A record that could not be made a document: counted, listed and left out, never dropped in silence. */
export interface RecordFailure extends RecordPlace {
  readonly code: RecordFailureCode;
  /** What was wrong, in words; without any of the record's text. */
  readonly message: string;
  /** How many rows are lost with it, from this record on, where it is not one: a damaged row group of a Parquet file. */
  readonly rows?: number;
}

/** What a reader yields: a document of a record, or why the record has none. */
export type ReadRecord =
  | { readonly document: CorpusDocument; readonly failure?: undefined }
  | { readonly document?: undefined; readonly failure: RecordFailure };
