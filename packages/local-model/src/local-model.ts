import { type LanguageModel, type TokenizerParams, WatermarkError } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { ChatTemplate } from './chat-template.ts';

/** A model ready to answer prompts. */
export interface LocalModel {
  readonly model: LanguageModel;
  /** The tokenizer of the key, or the model's own without one: they are the same. */
  readonly tokenizer: Tokenizer;
  /** Token ids that the model expects before a prompt. */
  readonly promptPrefix: readonly number[];
  /** What to start from where there is no prompt; undefined if the model has nothing for that. */
  readonly startTokenId: number | undefined;
  /** How the model is given a conversation; undefined for models that have no template, and only go on with a text. */
  readonly chat: ChatTemplate | undefined;
  /** Tokens that end a response. */
  readonly stopTokenIds: readonly number[];
  /** Whether its thread ended by itself: it answers no more, and has to be opened anew. */
  hasFailed(): boolean;
  close(): Promise<void>;
}

/** What a key says of its tokenizer: one of ours, or of another watermark. */
export interface TokenizerBound {
  readonly params: { readonly tokenizer: TokenizerParams };
}

/** A tokenizer that may be a model's, opened if it is asked for. */
export interface TokenizerSource {
  /** What people call it. */
  readonly name: string;
  open(): Promise<Tokenizer>;
}

/** What `openLocalModel` is told beside the model's name. */
export interface LocalModelOptions {
  /** The key to mark with; its tokenizer must be the model's. */
  readonly key?: TokenizerBound;
  /** Tokenizers for a model that carries no tokenizer.json; the first that reads text as the model does is taken. */
  readonly tokenizers: readonly TokenizerSource[];
  /** Whether the model computes on a thread of its own, so that nobody waits for it (default false). */
  readonly thread?: boolean;
  /** Stops the loading where the engine can be stopped. */
  readonly signal: AbortSignal;
}

/**
 * Checks that a key belongs to a model's tokenizer.
 *
 * @throws {WatermarkError} `tokenizer-mismatch` naming both, if it does not.
 */
export function checkTokenizer(key: TokenizerBound | undefined, tokenizer: Tokenizer): void {
  if (key === undefined || key.params.tokenizer.fingerprint === tokenizer.fingerprint) return;
  throw new WatermarkError(
    'tokenizer-mismatch',
    `the key belongs to tokenizer "${key.params.tokenizer.name}", which is not the model's; ` +
      'make a key with keygen --tokenizer for this model',
  );
}
