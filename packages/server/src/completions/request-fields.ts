/** Fields that several of OpenAI's requests have. What would change the meaning of a request, and cannot be done, is refused. */
import { z } from 'zod';
import { listOf } from '../http/list-schema.ts';
import { Problem } from '../http/problem.ts';
import type { CompletionRequest } from './completion-request.ts';

/** Most answers of one request. */
const MAX_CHOICES = 16;

const MAX_BIASED_TOKENS = 1024;
const MAX_BIAS = 100;

/** A field that may only be null: what else it says cannot be done. */
export const refused = (why: string) => z.null(`is not supported: ${why}`).optional();

/** A field that may only be an empty list. */
export const noneOf = (why: string) => listOf(z.unknown()).max(0, `must be empty: ${why}`).nullish();

/** A field that changes nothing. */
export const ignored = z.unknown().optional().describe('ignored');

/** A field that changes nothing, unless the server takes it for the account of an engine's completion. */
const account = z
  .unknown()
  .optional()
  .describe('ignored, unless `COUNTERMARK_ACCOUNT_FROM` names it and the API key has the scope `engine`');

/** A field that may only have one value. */
export const only = <T extends string | number | boolean>(value: T) =>
  z.literal(value, `must be ${JSON.stringify(value)}`).nullish();

const NO_TOOLS = 'there are no tools';

const Stop = z.string().min(1).max(256);
const Penalty = z.number().min(-2).max(2).nullish();

/** Of chat completions, completions and responses. */
export const sharedFields = {
  model: z.string().min(1).max(128).describe('as `GET /v1/models` names it'),
  temperature: z
    .number()
    .min(0)
    .max(2)
    .nullish()
    .describe('default 1; 0 takes the likeliest token, unmarked unless the key is of a green list'),
  top_p: z.number().gt(0).max(1).nullish(),
  stream: z.boolean().nullish().describe('whether the answer comes as server-sent events'),
  user: account,
  metadata: ignored,
  store: ignored,
  service_tier: ignored,
  safety_identifier: account,
  prompt_cache_key: ignored,
  prompt_cache_retention: ignored,
};

/** Of chat completions and completions. */
export const completionFields = {
  ...sharedFields,
  max_tokens: z.int().min(1).nullish().describe('most tokens of an answer (default 256)'),
  n: z.int().min(1).max(MAX_CHOICES).nullish().describe('answers (default 1)'),
  stop: z
    .union([Stop, listOf(Stop).max(4)])
    .nullish()
    .describe('up to four sequences; an answer ends before the first'),
  stream_options: z
    .strictObject({ include_usage: z.boolean().nullish(), include_obfuscation: ignored })
    .nullish(),
  seed: z
    .int()
    .nullish()
    .describe(
      'what the draws of tokens without the mark follow from: the same request has the same answer again',
    ),
  presence_penalty: Penalty.describe('taken from the logits of tokens that the answer has'),
  frequency_penalty: Penalty.describe('taken as often as it has them'),
  logit_bias: z
    .looseObject({})
    .nullish()
    .meta({
      description: 'added to the logits of token ids',
      additionalProperties: { type: 'number', minimum: -MAX_BIAS, maximum: MAX_BIAS },
    }),
};

/** Tools, of which there are none. */
export const toolFields = {
  tools: noneOf(NO_TOOLS),
  tool_choice: z.enum(['none', 'auto'], `must be "none" or "auto": ${NO_TOOLS}`).nullish(),
  parallel_tool_calls: ignored,
};

type Completion = z.output<z.ZodObject<typeof completionFields>>;

/** Returns what several requests say in the same way. */
export function readShared(
  body: Completion,
): Omit<CompletionRequest, 'prompt' | 'promptParam' | 'maxTokens' | 'logprobs'> {
  return {
    model: body.model,
    temperature: body.temperature ?? undefined,
    topP: body.top_p ?? undefined,
    choices: body.n ?? 1,
    stops: [body.stop ?? []].flat(),
    seed: body.seed ?? undefined,
    presencePenalty: body.presence_penalty ?? undefined,
    frequencyPenalty: body.frequency_penalty ?? undefined,
    logitBias: readBias(body.logit_bias ?? {}),
  };
}

function readBias(given: Readonly<Record<string, unknown>>): ReadonlyMap<number, number> {
  const param = 'logit_bias';
  const entries = Object.entries(given);
  const refuse = (reason: string): Problem =>
    new Problem('invalid-request', `"${param}": ${reason}`, { param });
  if (entries.length > MAX_BIASED_TOKENS) throw refuse(`has more than ${MAX_BIASED_TOKENS} token ids`);
  return new Map(
    entries.map(([id, bias]) => {
      if (!/^(0|[1-9]\d{0,9})$/.test(id)) throw refuse('must name token ids');
      if (typeof bias === 'number' && Math.abs(bias) <= MAX_BIAS) return [Number(id), bias];
      throw refuse(`must have numbers from -${MAX_BIAS} to ${MAX_BIAS}`);
    }),
  );
}
