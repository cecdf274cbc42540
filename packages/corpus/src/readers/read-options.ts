/** Options of {@link readShard}, and what it counts. */

import type { Coverage } from '../documents/coverage.ts';
import type { OpenSource } from './bytes/open-source.ts';

/** How a shard is read; all have defaults. */
export interface ReadOptions {
  /** The longest record that is read, in bytes after decompression; longer ones fail as `too-long`. 64 MiB. */
  readonly maxRecordBytes?: number;
  /** Numbers of records in the shard that are passed over without a look inside: nothing is yielded for them. */
  readonly skip?: ReadonlySet<number>;
  /** Counts the text of the records, and what of it is in documents. */
  readonly coverage?: Coverage;
  /** Ends the reading with its reason. */
  readonly signal?: AbortSignal;
  /** Told the bytes of the file that were just read, as they lie there, before decompression. */
  readonly onBytes?: (bytes: number) => void;
  /** Bytes that are read at a time. 1 MiB. */
  readonly chunkBytes?: number;
  /** Opens the file, where that is not what its name says: its bytes may be in memory already. */
  readonly open?: OpenSource;
}

/** What a shard held, once it has been read to its end. */
export interface ShardCount {
  /** Records: documents, failures and those passed over; rows that one failure stands for count each. */
  readonly records: number;
  /** Lines that start in the shard, blank ones too; summed over a file's shards, the file's lines. */
  readonly lines?: number;
  /** Bytes of the file that were read, as they lie there. */
  readonly bytes: number;
}

/** The options with their defaults, and the count of bytes. */
export interface ReadState {
  readonly maxRecordBytes: number;
  readonly skip: ReadonlySet<number>;
  readonly signal: AbortSignal | undefined;
  readonly chunkBytes: number;
  /** Adds to the bytes read so far. */
  readonly addBytes: (bytes: number) => void;
  /** Bytes read so far. */
  readonly bytes: () => number;
}

/** Beyond this, a record may not fit into one string. */
const MAX_RECORD_BYTES = 256 * 2 ** 20;

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {RangeError} if a number is out of its range.
 */
export function beginRead(options: ReadOptions): ReadState {
  const { maxRecordBytes = 64 * 2 ** 20, chunkBytes = 2 ** 20 } = options;
  checkBytes('maxRecordBytes', maxRecordBytes);
  checkBytes('chunkBytes', chunkBytes);
  let total = 0;
  return {
    maxRecordBytes,
    skip: options.skip ?? new Set(),
    signal: options.signal,
    chunkBytes,
    addBytes: (bytes) => {
      total += bytes;
      options.onBytes?.(bytes);
    },
    bytes: () => total,
  };
}

/** @throws {RangeError} if a record or chunk cannot have so many bytes. */
export function checkBytes(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1 || value > MAX_RECORD_BYTES)
    throw new RangeError(`"${name}" expected an integer from 1 to ${MAX_RECORD_BYTES}, got ${value}`);
}
