import { readUnchanged } from '../manifest/file-state.ts';
import type { ManifestFile } from '../manifest/manifest.ts';

/** Small files that are read before their turn: a disk or a network is waited for, and not the machine. */
const AHEAD = 8;

/**
 * Reads the files of a shard in their order, some before they are asked for.
 *
 * @returns a function that gives the bytes of the next file, which are those that the scan was planned with; undefined if it has to be read
 *   piece by piece. It fails as `readUnchanged` does, for the file whose turn it is.
 */
export function readAhead(
  files: readonly ManifestFile[],
  signal?: AbortSignal,
): () => Promise<Buffer | undefined> {
  const begun: Promise<Buffer | undefined>[] = [];
  let next = 0;
  return () => {
    for (; begun.length < AHEAD && next < files.length; next++) {
      const file = files[next];
      if (file === undefined) break;
      const reading = readUnchanged(file, signal);
      // It is thrown when the file's turn comes, if it does.
      reading.catch(() => undefined);
      begun.push(reading);
    }
    return begun.shift() ?? Promise.resolve(undefined);
  };
}
