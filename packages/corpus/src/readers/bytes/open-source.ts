import type { ReadState } from '../read-options.ts';
import type { ByteSource } from './byte-source.ts';
import { openLocal } from './local-source.ts';
import { openHttp } from './remote/http-source.ts';
import { isUrl } from './remote/remote.ts';

export { isUrl } from './remote/remote.ts';

/** Opens what a location names. */
export type OpenSource = (location: string, reading: ReadState) => Promise<ByteSource>;

/**
 * Opens a file or an address.
 *
 * @throws {CorpusError} if it cannot be.
 */
export const openSource: OpenSource = (location, reading) =>
  isUrl(location) ? openHttp(location, reading) : openLocal(location, reading);
