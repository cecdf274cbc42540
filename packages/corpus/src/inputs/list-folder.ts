import { isUtf8 } from 'node:buffer';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unreadable } from '../readers/bytes/local-source.ts';

/**
 * Lists what is in a directory.
 *
 * @returns the names, and paths of what has a name that is no UTF-8, as well as it can be shown.
 * @throws {CorpusError} `unreadable`.
 */
export async function listFolder(
  directory: string,
): Promise<{ readonly names: string[]; readonly bad: readonly string[] }> {
  let entries: Buffer[];
  try {
    entries = await readdir(directory, { encoding: 'buffer' });
  } catch (error) {
    throw unreadable(directory, error);
  }
  return {
    names: entries.filter(isUtf8).map(String),
    bad: entries.filter((name) => !isUtf8(name)).map((name) => join(directory, name.toString())),
  };
}
