import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { demoModelDirectory } from '@countermark/demo-model';
import type { TokenizerParams, WatermarkKey } from '@countermark/watermark';
import { openTokenizer, TOKENIZER_NAMES, type Tokenizer } from '@countermark/watermark/tokenizer';
import { CommandError } from './command-error.ts';

/** What people call the bundled model and its tokenizer. */
export const DEMO = 'demo';

/**
 * Opens the tokenizer that a `--tokenizer` value names: an encoding, `demo`, a tokenizer.json or a directory with one.
 *
 * @throws {WatermarkError} if there is none, or it cannot be used.
 */
export function openNamedTokenizer(name: string): Promise<Tokenizer> {
  if (name === DEMO) return openTokenizer(join(demoModelDirectory(), 'tokenizer.json'));
  const inside = join(name, 'tokenizer.json');
  return openTokenizer(existsSync(inside) ? inside : name);
}

/**
 * Describes a tokenizer in a key's parameters.
 *
 * @param name      the `--tokenizer` value. A path is not kept: it means nothing elsewhere, and may say too much.
 * @param tokenizer what it named.
 */
export function tokenizerParams(name: string, { vocabSize, fingerprint }: Tokenizer): TokenizerParams {
  const known = name === DEMO || TOKENIZER_NAMES.includes(name);
  return { name: known ? name : 'tokenizer.json', vocabSize, fingerprint };
}

/**
 * Opens the tokenizer of each key, once.
 *
 * @param keys  the keys.
 * @param paths `--tokenizer` values: for keys whose tokenizer has no name of ours.
 * @throws {CommandError} if a key's tokenizer is not among them.
 */
export async function openTokenizersOf(
  keys: readonly WatermarkKey[],
  paths: readonly string[],
): Promise<Tokenizer[]> {
  const named = keys
    .map((key) => key.params.tokenizer.name)
    .filter((name) => name === DEMO || TOKENIZER_NAMES.includes(name));
  const opened = await Promise.all([...new Set([...paths, ...named])].map(openNamedTokenizer));
  for (const key of keys) {
    const { name, fingerprint } = key.params.tokenizer;
    if (!opened.some((tokenizer) => tokenizer.fingerprint === fingerprint)) {
      throw new CommandError(
        `key ${key.keyId} belongs to tokenizer "${name}" with fingerprint ${fingerprint}, and none given has it; ` +
          'name its tokenizer.json with --tokenizer',
      );
    }
  }
  return opened;
}
