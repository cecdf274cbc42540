/** Keys of other watermarks: from a key file that `params import` wrote, or from the other side's own configuration. */
import { parseJsonExactly, parseKeyFile, WatermarkError, type WatermarkKey } from '@countermark/watermark';
import type { ForeignKey } from '@countermark/watermark/interop';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { about, CommandError, checkingValues } from './command-error.ts';
import { modelVocabulary } from './model-vocabulary.ts';
import { say } from './output.ts';
import { readText } from './read-input.ts';
import { openNamedTokenizer, tokenizerParams } from './tokenizers.ts';

/** What says whose configuration a file is. */
export interface ImportOptions {
  readonly profile?: string;
  /** `--tokenizer` value; without it only token ids can be tested. */
  readonly tokenizer?: string;
  readonly vocabSize?: number;
}

/**
 * Reads a key file of ours, or one that `params import` wrote.
 *
 * @throws {CommandError} naming the file, if it is no whole, untampered key file.
 */
export async function readMarkKey(path: string): Promise<WatermarkKey | ForeignKey> {
  const text = await readText(path);
  return about(path, async () => {
    // The other watermarks' part is loaded where it is needed.
    if (!text.includes('countermark-interop-key')) return parseOwnKey(text);
    const { parseMarkKeyFile } = await import('@countermark/watermark/interop');
    return parseMarkKeyFile(text);
  });
}

function parseOwnKey(text: string): WatermarkKey {
  try {
    return parseKeyFile(text);
  } catch (error) {
    // JSON that is no key file is most often what another watermark is configured with.
    if (!(error instanceof WatermarkError && /: no "type" and "version"$/.test(error.message))) throw error;
    throw new WatermarkError(
      error.code,
      `${error.message}; "countermark params import" makes a key file of another watermark's configuration`,
      { cause: error },
    );
  }
}

/**
 * Reads the configuration of another watermark.
 *
 * @throws {CommandError} naming the file and the field, if it is none that we know.
 */
export async function importConfig(path: string, options: ImportOptions): Promise<ForeignKey> {
  const text = await readText(path);
  const interop = await import('@countermark/watermark/interop');
  const { tokenizer: name } = options;
  const { profile } = options;
  const among =
    profile === undefined
      ? interop.PROFILES
      : await about('--profile', () => checkingProfile(() => interop.profilesNamed(profile)));
  const config = await about(path, () => parseSecretJson(text));
  if (isOwnFile(config)) {
    throw new CommandError(
      `${path}: this is a file of Countermark, not another watermark's configuration: give a key file with --key`,
    );
  }
  const recognized = await about(path, () => interop.recognizeConfig(config, among));
  if (name === undefined && options.vocabSize === undefined) {
    throw new CommandError(
      `${path}: name its tokenizer with --tokenizer, or, for token ids alone, say how many logits the model has with --vocab-size`,
    );
  }
  const tokenizer = name === undefined ? undefined : await openNamedTokenizer(name);
  const vocabSize = options.vocabSize ?? paddedVocabulary(name, tokenizer);
  try {
    return await about(path, () => {
      return checkingValues(
        () =>
          new interop.ForeignKey({
            ...recognized,
            ...(vocabSize === undefined ? {} : { vocabSize }),
            ...(name === undefined || tokenizer === undefined
              ? {}
              : { tokenizer: tokenizerParams(name, tokenizer) }),
          }),
      );
    });
  } finally {
    tokenizer?.close();
  }
}

// The model's own number of logits, where it says so and has more than the tokenizer has ids.
function paddedVocabulary(name: string | undefined, tokenizer: Tokenizer | undefined): number | undefined {
  if (name === undefined || tokenizer === undefined) return undefined;
  const model = modelVocabulary(name);
  if (model === undefined || model.vocabSize <= tokenizer.vocabSize) return undefined;
  say(`vocabulary of ${model.vocabSize} logits, as ${model.path} says`);
  return model.vocabSize;
}

// The library names the field, where people gave an option.
function checkingProfile<T>(find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof WatermarkError)) throw error;
    throw new WatermarkError(error.code, error.message.replace(/^profile: /, ''), { cause: error });
  }
}

function isOwnFile(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    value.type.startsWith('countermark-')
  );
}

// A parser's own message quotes the text, and so perhaps a key.
function parseSecretJson(text: string): unknown {
  try {
    return parseJsonExactly(text);
  } catch {
    throw new WatermarkError('params-invalid', 'is not whole, valid JSON');
  }
}
