import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { putInPlace, putOnce, writeThrough } from '@countermark/host/files';
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
  data: string | Uint8Array | Iterable<Uint8Array>,
  options: WriteOptions = {},
): Promise<void> {
  const { mode = 0o666, force = false } = options;
  await interruptible((signal) =>
    writeThrough(
      path,
      data,
      async (temporary) => {
        signal.throwIfAborted();
        if (force) await putInPlace(temporary, path);
        else if (!(await putOnce(temporary, path, 'hold'))) throw takenName(path);
      },
      mode,
    ).catch((cause: unknown) => {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
      throw new CommandError(`${path}: there is no directory ${dirname(path)}; make it first`, undefined, {
        cause,
      });
    }),
  );
}

/**
 * Checks, before long work, that a file is not there yet.
 *
 * @throws {CommandError} if it is.
 */
export function checkIsFree(path: string): void {
  if (existsSync(path)) throw takenName(path);
}

function takenName(path: string): CommandError {
  return new CommandError(`${path}: exists already; --force replaces it`);
}
