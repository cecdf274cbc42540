/** What OpenAI's clients send and get. What would change the meaning of a request, and cannot be done, is refused. */
import { z } from 'zod';
import { listOf } from '../http/list-schema.ts';

const refused = (why: string) => z.null(`is not supported: ${why}`).optional();
const ignored = z.unknown().optional().describe('ignored');

const Stop = z.string().min(1).max(256);

const shared = {
  model: z.string().min(1).max(128).describe('as `GET /v1/models` names it'),
  max_tokens: z.int().min(1).nullish().describe('most tokens of the answer (default 256)'),
  temperature: z
    .number()
    .min(0)
    .max(2)
    .nullish()
    .describe('default 1; 0 only where the key is of a green list'),
  top_p: z.number().gt(0).max(1).nullish(),
  n: z.literal(1, 'must be 1: an answer at a time').nullish(),
  stop: z
    .union([Stop, listOf(Stop).max(4)])
    .nullish()
    .describe('up to four sequences; the answer ends before the first'),
  stream: z.boolean().nullish().describe('whether the answer comes as server-sent events'),
  stream_options: z
    .strictObject({ include_usage: z.boolean().optional(), include_obfuscation: ignored })
    .nullish(),
  seed: refused('marks hide in randomness of the system'),
  logit_bias: refused('the model decides'),
  presence_penalty: z.literal(0, 'must be 0').nullish(),
  frequency_penalty: z.literal(0, 'must be 0').nullish(),
  user: ignored,
  metadata: ignored,
  store: ignored,
  service_tier: ignored,
  safety_identifier: ignored,
  prompt_cache_key: ignored,
};

const Content = z.union([
  z.string(),
  listOf(z.strictObject({ type: z.literal('text', 'must be "text"'), text: z.string() })).min(1),
]);

/** A request for a chat completion. */
export const ChatRequest = z
  .strictObject({
    ...shared,
    messages: listOf(
      z.strictObject({
        role: z.enum(['system', 'developer', 'user', 'assistant']),
        content: Content,
        name: ignored,
      }),
    )
      .min(1)
      .max(1000)
      .describe('put together, with empty lines between them'),
    max_completion_tokens: z.int().min(1).nullish().describe('the newer name of `max_tokens`'),
    logprobs: z.literal(false, 'must be false').nullish(),
    top_logprobs: refused('no log-probabilities are returned'),
    tools: refused('there are no tools'),
    tool_choice: refused('there are no tools'),
    functions: refused('there are no tools'),
    function_call: refused('there are no tools'),
    response_format: z.strictObject({ type: z.literal('text', 'must be "text"') }).nullish(),
    modalities: z.tuple([z.literal('text')], 'must be ["text"]').nullish(),
    parallel_tool_calls: ignored,
    reasoning_effort: ignored,
    verbosity: ignored,
  })
  .meta({ id: 'ChatCompletionRequest' });

/** A request for a completion. */
export const TextRequest = z
  .strictObject({
    ...shared,
    prompt: z.union([z.string(), z.tuple([z.string()])]).describe('one text'),
    best_of: z.literal(1, 'must be 1').nullish(),
    echo: z.literal(false, 'must be false').nullish(),
    logprobs: refused('no log-probabilities are returned'),
    suffix: refused('the model only goes on'),
  })
  .meta({ id: 'CompletionRequest' });

const FinishReason = z.enum(['stop', 'length']);

const Usage = z
  .strictObject({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() })
  .meta({ id: 'Usage' });

const envelope = { id: z.string(), created: z.int().describe('Unix time, s'), model: z.string() };

/** A chat completion. */
export const ChatCompletion = z
  .strictObject({
    ...envelope,
    object: z.literal('chat.completion'),
    choices: z.array(
      z.strictObject({
        index: z.literal(0),
        message: z.strictObject({
          role: z.literal('assistant'),
          content: z.string(),
          refusal: z.null(),
        }),
        logprobs: z.null(),
        finish_reason: FinishReason,
      }),
    ),
    usage: Usage,
  })
  .meta({ id: 'ChatCompletion' });

/** A completion. */
export const TextCompletion = z
  .strictObject({
    ...envelope,
    object: z.literal('text_completion'),
    choices: z.array(
      z.strictObject({
        index: z.literal(0),
        text: z.string(),
        logprobs: z.null(),
        finish_reason: FinishReason,
      }),
    ),
    usage: Usage,
  })
  .meta({ id: 'Completion' });

/** A model. */
export const Model = z
  .strictObject({
    id: z.string(),
    object: z.literal('model'),
    created: z.int(),
    owned_by: z.string(),
  })
  .meta({ id: 'Model' });

/** The models of a server. */
export const ModelList = z
  .strictObject({ object: z.literal('list'), data: z.array(Model) })
  .meta({ id: 'ModelList' });

type Shared = z.output<typeof TextRequest> | z.output<typeof ChatRequest>;

/** What a completion is asked for, whichever way. */
export interface CompletionRequest {
  readonly model: string;
  readonly prompt: string;
  /** The parameter that the prompt came in. */
  readonly promptParam: string;
  readonly maxTokens: number | undefined;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly stops: readonly string[];
}

/** Reads a request for a completion. */
export function readTextRequest(body: z.output<typeof TextRequest>): CompletionRequest {
  const prompt = typeof body.prompt === 'string' ? body.prompt : body.prompt[0];
  return { ...readShared(body), prompt, promptParam: 'prompt', maxTokens: body.max_tokens ?? undefined };
}

/** Reads a request for a chat completion. */
export function readChatRequest(body: z.output<typeof ChatRequest>): CompletionRequest {
  const texts = body.messages.map(({ content }) =>
    typeof content === 'string' ? content : content.map(({ text }) => text).join(''),
  );
  return {
    ...readShared(body),
    prompt: texts.join('\n\n'),
    promptParam: 'messages',
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? undefined,
  };
}

function readShared({ model, temperature, top_p, stop }: Shared) {
  return {
    model,
    temperature: temperature ?? undefined,
    topP: top_p ?? undefined,
    stops: [stop ?? []].flat(),
  };
}
