import type { Reading } from '../read-options.ts';
import type { ByteSource } from './byte-source.ts';
import { openHttp } from './http-source.ts';
import { openLocal } from './local-source.ts';

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
