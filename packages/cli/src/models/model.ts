import type { LanguageModel, WatermarkKey } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { CommandError } from '../command-error.ts';

/** A model ready to answer prompts. */
export interface OpenModel {
  readonly model: LanguageModel;
  /** The tokenizer of the key, or the model's own without one: they are the same. */
  readonly tokenizer: Tokenizer;
  /** Token ids that the model expects before a prompt. */
  readonly promptPrefix: readonly number[];
  /** What to start from where there is no prompt; undefined if the model has nothing for that. */
  readonly startTokenId: number | undefined;
  /** Tokens that end a response. */
  readonly stopTokenIds: readonly number[];
  close(): Promise<void>;
}

/** What `openModel` is told beside the model's name. */
export interface OpenModelOptions {
  /** The key to mark with; its tokenizer must be the model's. */
  readonly key?: WatermarkKey;
  /** `--tokenizer` values, for models that carry no tokenizer.json. */
  readonly tokenizers: readonly string[];
  /** Stops the loading where the engine can be stopped. */
  readonly signal: AbortSignal;
}

/**
 * Checks that a key belongs to a model's tokenizer.
 *
 * @throws {CommandError} naming both, if it does not.
 */
export function checkTokenizer(key: WatermarkKey | undefined, tokenizer: Tokenizer): void {
  if (key === undefined || key.params.tokenizer.fingerprint === tokenizer.fingerprint) return;
  throw new CommandError(
    `the key belongs to tokenizer "${key.params.tokenizer.name}", which is not the model's; ` +
      'make a key with keygen --tokenizer for this model',
  );
}
