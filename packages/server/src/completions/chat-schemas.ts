/** Chat completions as OpenAI's clients ask for them and get them. */
import type { ChatMessage } from '@countermark/local-model';
import { z } from 'zod';
import { listOf } from '../http/list-schema.ts';
import type { CompletionRequest } from './completion-request.ts';
import { Envelope, FinishReason, TokenLogprob, Usage, Watermarked } from './reply-schemas.ts';
import { completionFields, ignored, noneOf, readShared, refused, toolFields } from './request-fields.ts';

const NO_TOOLS = 'there are no tools';
const ONLY_TEXT = 'the model answers with text alone';

const Parts = listOf(z.strictObject({ type: z.literal('text', 'must be "text"'), text: z.string() })).min(1);

const Message = z.strictObject({
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: z.union([z.string(), Parts]).nullish().describe('none is an empty text'),
  name: ignored,
  refusal: refused('the model refuses nothing'),
  annotations: noneOf('there are no annotations'),
  audio: refused(ONLY_TEXT),
  function_call: refused(NO_TOOLS),
  tool_calls: noneOf(NO_TOOLS),
  parsed: ignored,
});

/** A request for a chat completion. */
export const ChatRequest = z
  .strictObject({
    ...completionFields,
    ...toolFields,
    messages: listOf(Message)
      .min(1)
      .max(1000)
      .describe('given to the model by its chat template, or with empty lines between them if it has none'),
    max_completion_tokens: z.int().min(1).nullish().describe('the newer name of `max_tokens`'),
    logprobs: z.boolean().nullish().describe('whether tokens are listed with their log-probabilities'),
    top_logprobs: z
      .int()
      .min(0)
      .max(20)
      .nullish()
      .describe('how many of the likeliest are listed at each step'),
    functions: noneOf(NO_TOOLS),
    function_call: z.enum(['none', 'auto'], `must be "none" or "auto": ${NO_TOOLS}`).nullish(),
    response_format: z
      .strictObject({ type: z.literal('text', 'must be "text": the engine cannot hold a model to a form') })
      .nullish(),
    modalities: z.tuple([z.literal('text')], 'must be ["text"]').nullish(),
    audio: refused(ONLY_TEXT),
    prediction: ignored,
    web_search_options: refused(NO_TOOLS),
    reasoning_effort: ignored,
    verbosity: ignored,
  })
  .refine(({ logprobs, top_logprobs }) => (top_logprobs ?? 0) === 0 || logprobs === true, {
    path: ['top_logprobs'],
    message: 'goes with "logprobs": true',
  })
  .meta({ id: 'ChatCompletionRequest' });

const Logprobs = z
  .strictObject({ content: z.array(TokenLogprob), refusal: z.null() })
  .meta({ id: 'ChatLogprobs' });

/** A chat completion. */
export const ChatCompletion = z
  .strictObject({
    ...Envelope,
    object: z.literal('chat.completion'),
    choices: z.array(
      z.strictObject({
        index: z.int(),
        message: z.strictObject({
          role: z.literal('assistant'),
          content: z.string(),
          refusal: z.null(),
        }),
        logprobs: Logprobs.nullable(),
        finish_reason: FinishReason,
        watermarked: Watermarked,
      }),
    ),
    usage: Usage,
  })
  .meta({ id: 'ChatCompletion' });

/** Reads a request for a chat completion. */
export function readChatRequest(body: z.output<typeof ChatRequest>): CompletionRequest {
  return {
    ...readShared(body),
    prompt: body.messages.map(
      ({ role, content }): ChatMessage => ({
        role: role === 'developer' ? 'system' : role,
        content: typeof content === 'string' ? content : (content ?? []).map(({ text }) => text).join(''),
      }),
    ),
    promptParam: 'messages',
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? undefined,
    logprobs: body.logprobs === true ? (body.top_logprobs ?? 0) : undefined,
  };
}
