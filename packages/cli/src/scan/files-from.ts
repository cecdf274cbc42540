import { CommandError } from '../command-error.ts';
import { readText } from '../read-input.ts';

/**
 * Reads a list of paths and addresses: one a line, or, as `find -print0` writes them, each ended by a zero byte.
 *
 * @param file a path, or `-` for standard input; undefined for no list.
 * @throws {CommandError} if it is empty.
 */
export async function listedFiles(file: string | undefined): Promise<string[]> {
  if (file === undefined) return [];
  const text = await readText(file);
  const names = text.includes('\0') ? text.split('\0') : text.split(/\r?\n/);
  const filled = names.filter((name) => name.trim() !== '');
  if (filled.length === 0) throw new CommandError(`${file}: lists no files`);
  return filled;
}
