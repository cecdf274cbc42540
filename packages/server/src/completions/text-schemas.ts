/** Completions as OpenAI's clients ask for them and get them. */
import { z } from 'zod';
import type { CompletionRequest } from './completion-request.ts';
import { Envelope, FinishReason, Usage, Watermarked } from './reply-schemas.ts';
import { completionFields, only, readShared, refused } from './request-fields.ts';

/** A request for a completion. */
export const TextRequest = z
  .strictObject({
    ...completionFields,
    prompt: z.union([z.string(), z.tuple([z.string()])]).describe('one text'),
    best_of: only(1),
    echo: only(false),
    logprobs: z.int().min(0).max(5).nullish().describe('how many of the likeliest are listed at each step'),
    suffix: refused('the model only goes on'),
  })
  .meta({ id: 'CompletionRequest' });

const Logprobs = z
  .strictObject({
    tokens: z.array(z.string()),
    token_logprobs: z.array(z.number()),
    top_logprobs: z.array(z.record(z.string(), z.number())).nullable(),
    text_offset: z.array(z.int()).describe('where tokens begin in the text'),
  })
  .meta({ id: 'CompletionLogprobs' });

/** A completion. */
export const TextCompletion = z
  .strictObject({
    ...Envelope,
    object: z.literal('text_completion'),
    choices: z.array(
      z.strictObject({
        index: z.int(),
        text: z.string(),
        logprobs: Logprobs.nullable(),
        finish_reason: FinishReason,
        watermarked: Watermarked,
      }),
    ),
    usage: Usage,
  })
  .meta({ id: 'Completion' });

/** Reads a request for a completion. */
export function readTextRequest(body: z.output<typeof TextRequest>): CompletionRequest {
  return {
    ...readShared(body),
    prompt: typeof body.prompt === 'string' ? body.prompt : body.prompt[0],
    promptParam: 'prompt',
    maxTokens: body.max_tokens ?? undefined,
    logprobs: body.logprobs ?? undefined,
  };
}
