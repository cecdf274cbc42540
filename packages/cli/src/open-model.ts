import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type LocalModel, openLocalModel, type TokenizerSource } from '@countermark/local-model';
import type { MarkKey } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { CommandError } from './command-error.ts';
import { checkHasTokenizer, closeTokenizers, openNamedTokenizer, openTokenizersOf } from './tokenizers.ts';

/** What {@link openModel} is told beside the model's name. */
interface OpenModelOptions {
  /** The key to mark with; its tokenizer must be the model's. */
  readonly key?: MarkKey;
  /** `--tokenizer` values, for models that carry no tokenizer.json. */
  readonly tokenizers: readonly string[];
  /** Stops the loading where the engine can be stopped. */
  readonly signal: AbortSignal;
}

/**
 * Opens the model that a `--model` value names: `demo`, a directory with an ONNX export, or a GGUF file.
 *
 * @throws {CommandError} if it is a GGUF file whose tokenizer is not named.
 * @throws {WatermarkError} if it cannot be used, or the key belongs to another tokenizer.
 */
export async function openModel(name: string, options: OpenModelOptions): Promise<LocalModel> {
  const { key, signal } = options;
  if (key !== undefined) checkHasTokenizer(key);
  const sources = sourcesOf(options);
  if (sources.length === 0 && name.endsWith('.gguf') && existsSync(name) && (await stat(name)).isFile()) {
    throw new CommandError(`${name}: name its tokenizer with --tokenizer, or give a --key`);
  }
  return openLocalModel(name, { tokenizers: sources, signal, ...(key === undefined ? {} : { key }) });
}

function sourcesOf({ key, tokenizers }: OpenModelOptions): TokenizerSource[] {
  if (key === undefined) {
    return tokenizers.slice(0, 1).map((name) => ({ name, open: () => openNamedTokenizer(name) }));
  }
  const { name, fingerprint } = key.params.tokenizer;
  const open = async (): Promise<Tokenizer> => {
    const opened = await openTokenizersOf([key], tokenizers);
    const [own, ...others] = [
      ...opened.filter((tokenizer) => tokenizer.fingerprint === fingerprint),
      ...opened.filter((tokenizer) => tokenizer.fingerprint !== fingerprint),
    ];
    closeTokenizers(others);
    return own as Tokenizer;
  };
  return [{ name, open }];
}
