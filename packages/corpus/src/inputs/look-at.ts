import { constants } from 'node:fs';
import { access, lstat, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { unreadable } from '../readers/bytes/local-source.ts';

/** What a path leads to. */
type Kind = 'file' | 'directory' | 'other' | 'missing';

/** What is known of a path before anything is opened. */
export interface Looked {
  readonly kind: Kind;
  /** Bytes of a file, and its path without links; of others 0 and the path itself. */
  readonly size: number;
  readonly real: string;
  /** Why a file may not be read, if so. */
  readonly denied?: Error;
}

/**
 * Looks at a path.
 *
 * @param directory the path without links of the directory that it was found in, if it was: spares a question where it is no link.
 * @throws {CorpusError} `unreadable`.
 */
export async function lookAt(path: string, directory?: string): Promise<Looked> {
  try {
    const own = directory === undefined ? undefined : await lstat(path);
    const isLink = own === undefined || own.isSymbolicLink();
    const stats = isLink ? await stat(path) : own;
    if (stats.isDirectory()) return { kind: 'directory', size: 0, real: path };
    if (!stats.isFile()) return { kind: 'other', size: 0, real: path };
    const denied = await deniedFor(path);
    const real = isLink || directory === undefined ? await realpath(path) : join(directory, basename(path));
    return { kind: 'file', size: stats.size, real, ...(denied === undefined ? {} : { denied }) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ELOOP') return { kind: 'missing', size: 0, real: path };
    throw unreadable(path, error);
  }
}

async function deniedFor(path: string): Promise<Error | undefined> {
  try {
    await access(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return unreadable(path, error);
  }
}
