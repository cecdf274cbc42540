import { readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, repeat, writeWholeOnce } from '@countermark/host';
import { CorpusError } from '../errors.ts';
import type { PartFolder } from './part-folder.ts';
import type { S3Access } from './s3/s3-access.ts';
import { S3Folder } from './s3/s3-folder.ts';
import { isS3Location } from './s3/s3-location.ts';

/**
 * Opens the place of a scan's parts. Nothing is read yet.
 *
 * @param location a directory that is there, or `s3://bucket/prefix`.
 * @param s3       how stores are reached; needed for the latter.
 * @throws {RangeError} if the location names no bucket, or needs `s3`.
 */
export function openPartFolder(location: string, s3?: S3Access): PartFolder {
  if (!isS3Location(location)) return new DirectoryFolder(location);
  if (s3 === undefined) throw new RangeError('"s3" expected access to the store of s3://, got none');
  return new S3Folder(location, s3);
}

/** A directory, which machines may share. */
class DirectoryFolder implements PartFolder {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  locate(name: string): string {
    return join(this.#directory, name);
  }

  list(): Promise<string[]> {
    return readdir(this.#directory);
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    try {
      return await repeat(() => readFile(this.locate(name)));
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (codeOf(error) !== 'ERR_FS_FILE_TOO_LARGE') throw error;
      throw new CorpusError('part-damaged', `${this.locate(name)}: is larger than any part`, {
        cause: error,
      });
    }
  }

  async publish(name: string, bytes: Uint8Array): Promise<void> {
    await repeat(() => writeWholeOnce(this.locate(name), bytes, { withoutLinks: 'replace' }));
  }

  // Directories say nothing of what is in a file.
  async vouch(): Promise<undefined> {
    return undefined;
  }

  async remove(name: string): Promise<void> {
    try {
      await unlink(this.locate(name));
    } catch (error) {
      // Another task was first.
      if (!isMissing(error)) throw error;
    }
  }
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}
