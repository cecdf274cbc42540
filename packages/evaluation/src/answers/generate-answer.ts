import { generateTokens, type LanguageModel, type TokenSampler } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { Answer } from './answer.ts';

/** What an answer is asked of. */
export interface AnswerRequest {
  readonly model: LanguageModel;
  readonly tokenizer: Tokenizer;
  /** Uint32Array `[m]`, m ≥ 1. */
  readonly prompt: Uint32Array;
  /** A marked generation that was started with the prompt, or a plain sampler. */
  readonly sampler: TokenSampler;
  /** Length of the answer, unless the model's context is full before. */
  readonly tokens: number;
  readonly signal?: AbortSignal;
}

/**
 * Lets a model answer a prompt.
 *
 * @throws {RangeError} if the prompt is empty or leaves no room in the model's context, or `tokens` is out of range.
 */
export async function generateAnswer(request: AnswerRequest): Promise<Answer> {
  const { model, tokenizer, prompt, sampler, tokens, signal } = request;
  const tokenIds: number[] = [];
  const generated = generateTokens(model, sampler, prompt, {
    maxTokens: tokens,
    ...(signal === undefined ? {} : { signal }),
  });
  for await (const tokenId of generated) tokenIds.push(tokenId);
  return { tokenIds: Uint32Array.from(tokenIds), text: tokenizer.decode(tokenIds) };
}
