import { WatermarkError } from '../errors.ts';
import type { LibraryThread } from './library-thread.ts';

/**
 * Stands for the library where Node's threads are missing.
 *
 * @throws {WatermarkError} `tokenizer-unavailable` always.
 */
export function startLibrary(_json: string, _added: readonly unknown[]): LibraryThread {
  throw new WatermarkError(
    'tokenizer-unavailable',
    'a tokenizer.json of this kind needs the package "@anush008/tokenizers", which runs in Node only',
  );
}
