import { parseKeyFile, type WatermarkKey } from '@countermark/watermark';
import { about, CommandError } from './command-error.ts';
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

/**
 * Reads the key files of a scan.
 *
 * @throws {CommandError} if one is no key file, or two hold the same key: its evidence must not count twice.
 */
export async function readKeys(paths: readonly string[]): Promise<WatermarkKey[]> {
  const keys: WatermarkKey[] = [];
  for (const path of paths) {
    const key = await readKey(path);
    checkIsNew(key, keys, path);
    keys.push(key);
  }
  return keys;
}

/**
 * Checks that a key is given once.
 *
 * @param path the file that it was read from.
 * @throws {CommandError} if it is among `before`: its evidence must not count twice.
 */
export function checkIsNew(
  { keyId }: { readonly keyId: string },
  before: readonly { readonly keyId: string }[],
  path: string,
): void {
  if (before.every((key) => key.keyId !== keyId)) return;
  throw new CommandError(`${path}: key ${keyId} was given before`);
}
