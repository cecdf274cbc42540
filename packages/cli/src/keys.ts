import { parseKeyFile, type WatermarkKey } from '@countermark/watermark';
import { about } from './command-error.ts';
import { readText } from './read-input.ts';

/**
 * Reads a key file.
 *
 * @throws {CommandError} naming the file, if it is no whole, untampered key file.
 */
export async function readKey(path: string): Promise<WatermarkKey> {
  const text = await readText(path);
  return about(path, () => parseKeyFile(text));
}
