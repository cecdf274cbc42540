import type { PartFile } from '../parts/part.ts';

/** What is counted of a file, or of a part of one. */
export interface Counts {
  readonly records: number;
  readonly bytes: number;
  readonly tokens: number;
  readonly documents: number;
  readonly failed: number;
  detected: number;
}

/** The files of one shard, whose records are numbered through. */
export class ShardFiles {
  readonly counts: readonly Counts[];
  /** Number of each file's first record in the shard, ascending. */
  readonly starts: Float64Array;

  /** @param files in their order, at least one. */
  constructor(files: readonly PartFile[]) {
    this.counts = files.map(({ records, bytes, tokens, documents, failed }) => ({
      ...{ records, bytes, tokens, documents, failed },
      detected: 0,
    }));
    this.starts = new Float64Array(files.length);
    for (let i = 1; i < files.length; i++) {
      this.starts[i] = (this.starts[i - 1] ?? 0) + (files[i - 1]?.records ?? 0);
    }
  }
}

/**
 * Finds which of a shard's files a record is in, in the logarithm of their number.
 *
 * @param starts number of each file's first record in the shard, ascending.
 * @param record its number in the shard.
 */
export function fileOfRecord(starts: Float64Array, record: number): number {
  // The last file that starts at or before it: those before that start there too have no records.
  let file = 0;
  for (let above = starts.length; above - file > 1; ) {
    const middle = (file + above) >>> 1;
    if ((starts[middle] ?? 0) <= record) file = middle;
    else above = middle;
  }
  return file;
}
