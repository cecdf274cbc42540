/** Responses as OpenAI's clients ask for them and get them. */
import type { ChatMessage } from '@countermark/local-model';
import { z } from 'zod';
import { listOf } from '../http/list-schema.ts';
import type { CompletionRequest } from './completion-request.ts';
import { TokenLogprob, Watermarked } from './reply-schemas.ts';
import { ignored, noneOf, only, refused, sharedFields, toolFields } from './request-fields.ts';

const NOTHING_KEPT = 'the server keeps no responses';

const Part = z.strictObject({
  type: z.enum(['input_text', 'output_text'], 'must be "input_text" or "output_text"'),
  text: z.string(),
  annotations: noneOf('there are no annotations'),
  logprobs: ignored,
});

const Item = z.strictObject({
  type: z
    .literal('message', 'must be "message": the server keeps no items, so that each is sent whole')
    .nullish(),
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: z.union([z.string(), listOf(Part).min(1)]),
  id: ignored,
  status: ignored,
  phase: ignored,
});

/** A request for a response. */
export const ResponseRequest = z
  .strictObject({
    ...sharedFields,
    ...toolFields,
    input: z
      .union([z.string(), listOf(Item).min(1).max(1000)])
      .describe('a text, or messages; those that the server wrote as well'),
    instructions: z.string().nullish().describe('a first message of the system'),
    max_output_tokens: z.int().min(1).nullish().describe('most tokens of the answer (default 256)'),
    top_logprobs: z
      .int()
      .min(0)
      .max(20)
      .nullish()
      .describe('how many of the likeliest are listed at each step'),
    include: listOf(
      z.enum(
        ['message.output_text.logprobs', 'reasoning.encrypted_content'],
        'must be "message.output_text.logprobs", or "reasoning.encrypted_content", of which there is none',
      ),
    )
      .max(10)
      .nullish(),
    text: z
      .strictObject({
        format: z
          .strictObject({
            type: z.literal('text', 'must be "text": the engine cannot hold a model to a form'),
          })
          .nullish(),
        verbosity: ignored,
      })
      .nullish(),
    stream_options: z.strictObject({ include_obfuscation: ignored }).nullish(),
    truncation: z.enum(['disabled'], 'must be "disabled"').nullish(),
    background: only(false),
    previous_response_id: refused(NOTHING_KEPT),
    conversation: refused(NOTHING_KEPT),
    context_management: refused(NOTHING_KEPT),
    prompt: refused(NOTHING_KEPT),
    max_tool_calls: ignored,
    reasoning: ignored,
  })
  .meta({ id: 'ResponseRequest' });

const OutputText = z
  .strictObject({
    type: z.literal('output_text'),
    text: z.string(),
    annotations: z.array(z.never()).max(0),
    logprobs: z.array(TokenLogprob),
  })
  .meta({ id: 'OutputText' });

const OutputMessage = z
  .strictObject({
    id: z.string(),
    type: z.literal('message'),
    status: z.enum(['in_progress', 'completed', 'incomplete']),
    role: z.literal('assistant'),
    content: z.array(OutputText),
  })
  .meta({ id: 'OutputMessage' });

/** A response. */
export const ResponseObject = z
  .strictObject({
    id: z.string(),
    object: z.literal('response'),
    created_at: z.int().describe('Unix time, s'),
    status: z.enum(['in_progress', 'completed', 'incomplete', 'failed']),
    error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
    incomplete_details: z.strictObject({ reason: z.literal('max_output_tokens') }).nullable(),
    instructions: z.string().nullable(),
    max_output_tokens: z.int().nullable(),
    model: z.string(),
    output: z.array(OutputMessage),
    parallel_tool_calls: z.literal(false),
    previous_response_id: z.null(),
    reasoning: z.strictObject({ effort: z.null(), summary: z.null() }),
    store: z.literal(false),
    temperature: z.number(),
    text: z.strictObject({ format: z.strictObject({ type: z.literal('text') }) }),
    tool_choice: z.literal('none'),
    tools: z.array(z.never()).max(0),
    top_p: z.number(),
    truncation: z.literal('disabled'),
    usage: z
      .strictObject({
        input_tokens: z.int(),
        input_tokens_details: z.strictObject({ cached_tokens: z.int() }),
        output_tokens: z.int(),
        output_tokens_details: z.strictObject({ reasoning_tokens: z.int() }),
        total_tokens: z.int(),
      })
      .nullable(),
    metadata: z.strictObject({}),
    system_fingerprint: z.string().describe('`fp_` and the id of the key that marks'),
    watermarked: Watermarked.nullable(),
  })
  .meta({ id: 'Response' });

/** Reads a request for a response. */
export function readResponseRequest(body: z.output<typeof ResponseRequest>): CompletionRequest {
  const { input, instructions } = body;
  const first: ChatMessage[] =
    typeof instructions === 'string' ? [{ role: 'system', content: instructions }] : [];
  const given: ChatMessage[] =
    typeof input === 'string'
      ? [{ role: 'user', content: input }]
      : input.map(({ role, content }) => ({
          role: role === 'developer' ? 'system' : role,
          content: typeof content === 'string' ? content : content.map(({ text }) => text).join(''),
        }));
  const hasLogprobs = body.include?.includes('message.output_text.logprobs') === true;
  return {
    model: body.model,
    prompt: [...first, ...given],
    promptParam: 'input',
    choices: 1,
    maxTokens: body.max_output_tokens ?? undefined,
    temperature: body.temperature ?? undefined,
    topP: body.top_p ?? undefined,
    stops: [],
    seed: undefined,
    presencePenalty: undefined,
    frequencyPenalty: undefined,
    logitBias: new Map(),
    logprobs: hasLogprobs || (body.top_logprobs ?? 0) > 0 ? (body.top_logprobs ?? 0) : undefined,
  };
}
