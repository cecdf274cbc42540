import type { Reading } from '../read-options.ts';
import { openHttp } from './http-source.ts';
import { openLocal } from './local-source.ts';

/** The bytes of a file, as they lie there. */
export interface ByteSource {
  /** Bytes of the file, where they are known. */
  readonly size?: number;
  /**
   * Yields bytes `[start, end)`, at most {@link Reading.chunkBytes} at a time; without an end, all from `start`.
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
  close(): Promise<void>;
}

/** Whether a location is an http(s) address rather than a path. */
export function isUrl(location: string): boolean {
  return /^https?:\/\//i.test(location);
}

/**
 * Opens a file or an http(s) address.
 *
 * @throws {CorpusError} if it cannot be.
 */
export function openSource(location: string, reading: Reading): Promise<ByteSource> {
  return isUrl(location) ? openHttp(location, reading) : openLocal(location, reading);
}
