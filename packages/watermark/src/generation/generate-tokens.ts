import type { LanguageModel } from './language-model.ts';
import type { TokenSampler } from './sampler.ts';

/** When {@link generateTokens} ends. */
export interface GenerateOptions {
  /** Most tokens to generate, integer ≥ 1. */
  readonly maxTokens: number;
  /** Tokens that end the response; they are not yielded (default none). */
  readonly stopTokenIds?: readonly number[];
  /** Ends the response between two tokens by throwing the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Generates a response token by token.
 *
 * @param model   which model.
 * @param sampler a marked `Generation` started with the same prompt, or a plain sampler.
 * @param prompt  Uint32Array `[n]`, n ≥ 1.
 * @param options see {@link GenerateOptions}.
 * @returns yields each token id as soon as it is chosen. Ends early where the model's context is full.
 * @throws {RangeError} if the prompt is empty or leaves no room in the model's context, or `maxTokens` is out of range.
 */
export async function* generateTokens(
  model: LanguageModel,
  sampler: TokenSampler,
  prompt: Uint32Array,
  options: GenerateOptions,
): AsyncGenerator<number, void, void> {
  const { maxTokens, stopTokenIds = [], signal } = options;
  if (!(Number.isInteger(maxTokens) && maxTokens >= 1)) {
    throw new RangeError(`"maxTokens" expected an integer >= 1, got ${maxTokens}`);
  }
  if (prompt.length === 0) throw new RangeError('"prompt" expected at least one token, got none');
  const room = (model.contextLength ?? Infinity) - prompt.length;
  if (room < 1) {
    throw new RangeError(`"prompt" expected fewer than ${model.contextLength} tokens, got ${prompt.length}`);
  }
  const sequence = model.open();
  try {
    let next: Uint32Array = prompt;
    for (let step = 0; step < Math.min(maxTokens, room); step++) {
      signal?.throwIfAborted();
      const tokenId = sampler.next(await sequence.append(next));
      if (stopTokenIds.includes(tokenId)) return;
      yield tokenId;
      next = Uint32Array.of(tokenId);
    }
  } finally {
    await sequence.close();
  }
}
