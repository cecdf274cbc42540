import { link, open, rename, unlink } from 'node:fs/promises';
import { codeOf, hasNoLinks, writeThrough } from '@countermark/corpus/files';
import { CommandError } from './command-error.ts';
import { interruptible } from './interrupt.ts';

/** How {@link writeFileWhole} writes. */
export interface WriteOptions {
  /** Permission bits (default 0o666, less the process's mask). */
  readonly mode?: number;
  /** Whether a file that is there is replaced (default: it is refused). */
  readonly force?: boolean;
}

/**
 * Writes a file so that nobody ever sees a part of it: to a temporary file beside it, flushed, then put in place.
 *
 * @throws {CommandError} if the file is there and `force` is not set.
 * @throws {Interrupted} leaving what was there before, if Ctrl-C came first.
 */
export async function writeFileWhole(
  path: string,
  data: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  const { mode = 0o666, force = false } = options;
  await interruptible((signal) =>
    writeThrough(
      path,
      data,
      async (temporary) => {
        signal.throwIfAborted();
        if (force) await rename(temporary, path);
        else await putNew(temporary, path);
      },
      mode,
    ),
  );
}

// A link fails where the name is taken, even by a file made a moment ago.
async function putNew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
    await unlink(temporary);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw takenName(path, error);
    if (!hasNoLinks(error)) throw error;
    await takeName(path);
    await rename(temporary, path);
  }
}

// An empty file holds the name until the whole one takes its place.
async function takeName(path: string): Promise<void> {
  try {
    await (await open(path, 'wx')).close();
  } catch (error) {
    throw codeOf(error) === 'EEXIST' ? takenName(path, error) : error;
  }
}

function takenName(path: string, cause: unknown): CommandError {
  return new CommandError(`${path}: exists already; --force replaces it`, undefined, { cause });
}
