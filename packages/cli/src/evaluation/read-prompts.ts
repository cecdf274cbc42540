import { CommandError } from '../command-error.ts';
import { inputName, readText } from '../read-input.ts';
import { DEFAULT_PROMPTS } from './default-prompts.ts';

/**
 * Reads prompts, one a line; blank lines are left out.
 *
 * @param path the file, or `-` for standard input; without one, built-in prompts are taken.
 * @throws {CommandError} naming the file, if it holds none.
 */
export async function readPrompts(path: string | undefined): Promise<readonly string[]> {
  if (path === undefined) return DEFAULT_PROMPTS;
  const prompts = (await readText(path)).split(/\r?\n/).filter((line) => line.trim() !== '');
  if (prompts.length === 0) throw new CommandError(`${inputName(path)}: holds no prompt`);
  return prompts;
}
