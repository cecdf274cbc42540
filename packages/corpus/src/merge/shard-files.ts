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
  // Number of each file's first record in the shard, ascending.
  readonly #starts: Float64Array;

  /** @param files in their order, at least one. */
  constructor(files: readonly PartFile[]) {
    this.counts = files.map(({ records, bytes, tokens, documents, failed }) => ({
      ...{ records, bytes, tokens, documents, failed },
      detected: 0,
    }));
    this.#starts = new Float64Array(files.length);
    for (let i = 1; i < files.length; i++) {
      this.#starts[i] = (this.#starts[i - 1] ?? 0) + (files[i - 1]?.records ?? 0);
    }
  }

  /**
   * Finds a record by its number in the shard, in the logarithm of the number of files.
   *
   * @returns which of the shard's files it is in, and its number there.
   */
  find(record: number): { readonly file: number; readonly record: number } {
    // The last file that starts at or before it: those before that start there too have no records.
    let file = 0;
    for (let above = this.#starts.length; above - file > 1; ) {
      const middle = (file + above) >>> 1;
      if ((this.#starts[middle] ?? 0) <= record) file = middle;
      else above = middle;
    }
    return { file, record: record - (this.#starts[file] ?? 0) };
  }

  /** Counts a detected document, by its record's number in the shard. */
  noteDetected(record: number): void {
    const counts = this.counts[this.find(record).file];
    if (counts !== undefined) counts.detected++;
  }
}
