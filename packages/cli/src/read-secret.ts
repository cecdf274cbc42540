import { stat } from 'node:fs/promises';
import { CommandError } from './command-error.ts';
import { readText } from './read-input.ts';

/**
 * Reads a file with a secret, or standard input for `-`.
 *
 * @throws {CommandError} if everybody may read the file.
 */
export async function readSecret(path: string): Promise<string> {
  if (path !== '-' && ((await stat(path)).mode & 0o007) !== 0) {
    throw new CommandError(`${path}: everybody may read it; chmod 600 it`);
  }
  return readText(path);
}
