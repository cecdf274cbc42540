/** The lock of a data directory. */
import { join } from 'node:path';
import { type FileLock, FileLockedError, FileLostError, lockFile } from '@countermark/host';
import { ServerError } from '../server-error.ts';

/** Thrown where a data directory is in use. */
export class DirectoryLockedError extends ServerError {
  override readonly name = 'DirectoryLockedError';
  override readonly code = 'directory-locked';
}

/** Thrown where another process has taken a data directory over from this one. */
class DirectoryLostError extends ServerError {
  override readonly name = 'DirectoryLostError';
  override readonly code = 'directory-lost';
}

/**
 * Takes a directory for this process; its `check` throws a {@link DirectoryLostError}.
 *
 * @throws {DirectoryLockedError} if another process has it.
 */
export async function lockDirectory(directory: string): Promise<FileLock> {
  const lock = await lockFile(join(directory, 'lock')).catch((error: unknown) => {
    if (!(error instanceof FileLockedError)) throw error;
    throw new DirectoryLockedError(
      `${directory}: in use by ${error.holder}; stop it, or name another directory with --data or COUNTERMARK_DATA`,
      { cause: error },
    );
  });
  return {
    lost: lock.lost,
    async check() {
      try {
        await lock.check();
      } catch (error) {
        if (!(error instanceof FileLostError)) throw error;
        throw new DirectoryLostError('another process has taken the data directory over', { cause: error });
      }
    },
    release: () => lock.release(),
  };
}
