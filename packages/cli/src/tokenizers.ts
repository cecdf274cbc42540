import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { demoModelDirectory } from '@countermark/demo-model';
import { type TokenizerParams, WatermarkError } from '@countermark/watermark';
import {
  openTokenizer,
  openTokenizers,
  TOKENIZER_NAMES,
  type Tokenizer,
} from '@countermark/watermark/tokenizer';
import { CommandError } from './command-error.ts';

/** What a key says of its tokenizer. */
interface KeyWithTokenizer {
  readonly keyId: string;
  readonly params: { readonly tokenizer: TokenizerParams; readonly profile?: string };
}

/** What people call the bundled model and its tokenizer. */
export const DEMO = 'demo';

/**
 * Opens the tokenizer that a `--tokenizer` value names: an encoding, `demo`, a tokenizer.json or a directory with one.
 *
 * @throws {WatermarkError} if there is none, or it cannot be used.
 */
export async function openNamedTokenizer(name: string): Promise<Tokenizer> {
  try {
    return await openTokenizer(libraryName(name));
  } catch (error) {
    if (!(error instanceof WatermarkError && error.code === 'tokenizer-unknown')) throw error;
    throw new CommandError(`--tokenizer: ${error.message}, or ${DEMO}`, undefined, { cause: error });
  }
}

function libraryName(name: string): string {
  if (name === DEMO) return join(demoModelDirectory(), 'tokenizer.json');
  // The library takes a word without a slash for an encoding.
  return !TOKENIZER_NAMES.includes(name) && existsSync(name) ? resolve(name) : name;
}

/**
 * Describes a tokenizer in a key's parameters.
 *
 * @param name      the `--tokenizer` value. Of a path only the model's name is kept: the rest means nothing elsewhere.
 * @param tokenizer what it named.
 */
export function tokenizerParams(name: string, tokenizer: Tokenizer): TokenizerParams {
  const { vocabSize, fingerprint } = tokenizer;
  return { name: name === DEMO ? DEMO : tokenizer.name, vocabSize, fingerprint };
}

/**
 * Returns the names or paths to open the keys' tokenizers with: those given, and those that the keys name and this release has.
 *
 * @param paths `--tokenizer` values.
 */
export function tokenizerNamesOf(keys: readonly KeyWithTokenizer[], paths: readonly string[]): string[] {
  const named = keys
    .map((key) => key.params.tokenizer.name)
    .filter((name) => name === DEMO || TOKENIZER_NAMES.includes(name));
  return [...new Set([...paths, ...named])].map(libraryName);
}

/**
 * Checks that a key was made for a tokenizer; those of other watermarks need none.
 *
 * @throws {CommandError} if it was not.
 */
export function checkHasTokenizer({ keyId, params }: KeyWithTokenizer): void {
  if (params.profile === undefined || params.tokenizer.name !== 'none') return;
  throw new CommandError(
    `key ${keyId} has no tokenizer: it can test token ids, with --ids, or be imported with --tokenizer`,
  );
}

/**
 * Opens the tokenizer of each key, once. The caller closes them; where it throws, none is left open.
 *
 * @param keys  the keys.
 * @param paths `--tokenizer` values: for keys whose tokenizer has no name of ours.
 * @throws {CommandError} if a key's tokenizer is not among them.
 */
export async function openTokenizersOf(
  keys: readonly KeyWithTokenizer[],
  paths: readonly string[],
): Promise<Tokenizer[]> {
  for (const key of keys) checkHasTokenizer(key);
  return openTokenizers(tokenizerNamesOf(keys, paths), (opened) => {
    for (const key of keys) {
      const { name, fingerprint } = key.params.tokenizer;
      if (!opened.some((tokenizer) => tokenizer.fingerprint === fingerprint)) {
        throw new CommandError(
          `key ${key.keyId} belongs to tokenizer "${name}" with fingerprint ${fingerprint}, and none given has it; ` +
            'name its tokenizer.json with --tokenizer',
        );
      }
    }
  });
}

/** Closes tokenizers, each of them. */
export function closeTokenizers(tokenizers: readonly Tokenizer[]): void {
  for (const tokenizer of tokenizers) tokenizer.close();
}
