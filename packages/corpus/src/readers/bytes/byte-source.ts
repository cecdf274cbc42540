import type { ReadState } from '../read-options.ts';

/** The bytes of a file, as they lie there. */
export interface ByteSource {
  /** Bytes of the file, where they are known. */
  readonly size?: number;
  /**
   * Yields bytes `[start, end)`, at most {@link ReadState.chunkBytes} at a time; without an end, all from `start`.
   *
   * A chunk's memory may be used again for the next.
   *
   * @throws {CorpusError} if the file cannot be read, or ends before it should.
   */
  chunks(start: number, end?: number): AsyncGenerator<Buffer>;
  /**
   * Bytes `[start, end)` in memory of their own.
   *
   * @throws {CorpusError} if the file cannot be read, or ends before it should.
   */
  slice(start: number, end: number): Promise<ArrayBuffer>;
  /** Bytes after the end of what was compressed, once that was met; set by what decompresses. */
  leftOver?: number;
  close(): Promise<void>;
}
