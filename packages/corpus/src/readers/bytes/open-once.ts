import { repeat } from '@countermark/host';
import { digestsOf, type FileDigests } from './file-digests.ts';
import { heldSource } from './held-source.ts';
import { unreadable } from './local-source.ts';
import { isUrl, type OpenSource, openSource } from './open-source.ts';
import { type ReadingPace, readSmall, type SmallFile } from './read-small.ts';

/** Files up to this size are held. */
const SMALL_BYTES = 2 ** 18;

/** Opens files several times and reads each once, if it is small and of this machine: its first bytes and records are wanted, and its digests. */
export class FilesReadOnce {
  readonly #pace: ReadingPace | undefined;
  readonly #held = new Map<string, Promise<SmallFile>>();

  /** @param pace of files that were read before. */
  constructor(pace?: ReadingPace) {
    this.#pace = pace;
  }

  /** Opens a file. */
  readonly open: OpenSource = async (location, reading) => {
    if (isUrl(location)) return openSource(location, reading);
    let file = this.#held.get(location);
    if (file === undefined) {
      file = repeat(() => readSmall(location, SMALL_BYTES, this.#pace), { signal: reading.signal });
      this.#held.set(location, file);
    }
    let bytes: Buffer | undefined;
    try {
      ({ bytes } = await file);
    } catch (error) {
      reading.signal?.throwIfAborted();
      throw unreadable(location, error);
    }
    return bytes === undefined ? openSource(location, reading) : heldSource(location, bytes, reading);
  };

  /** Takes the digests of a file that was opened; undefined if it is not held. */
  async digests(location: string): Promise<FileDigests | undefined> {
    const file = await this.#held.get(location);
    return file === undefined ? undefined : digestsOf(file);
  }
}
