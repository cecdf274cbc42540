/** What requests for audits of models and their answers look like. */
import { LEAST_READ } from '@countermark/audit';
import { z } from 'zod';
import { listOf } from '../http/list-schema.ts';
import { Instant, KeptText, KeyId } from '../http/schemas.ts';

const MOST_PROMPTS = 100_000;
const MOST_TOKENS = 1_000_000;
const Amount = z.number().nonnegative().max(1e12);

const Message = z.strictObject({
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: z.string(),
});
const Prompt = z.union([
  z.string(),
  z.strictObject({ prompt: z.string() }),
  z.strictObject({ messages: listOf(Message).min(1).max(1000) }),
  z.strictObject({ answer: z.string().min(1) }),
]);

const Endpoint = z.strictObject({
  url: KeptText.min(1)
    .max(4096)
    .describe('the address before `/chat/completions`, below one of COUNTERMARK_AUDIT_ENDPOINTS'),
  model: KeptText.min(1).max(256).describe('the suspect, as the endpoint calls it'),
  api: z.enum(['chat', 'completions']).default('chat'),
  readBy: z
    .enum(['echo', 'prompt-logprobs'])
    .default('echo')
    .describe('what gives predictions of a text, with `access` `reading`'),
  apiKey: z
    .string()
    .regex(/^[\x21-\x7e]{1,4096}$/, 'must be one word of printable ASCII')
    .optional()
    .describe('sent to this address and to no other; sealed until the audit has ended, and removed then'),
  answers: z.int().min(1).max(10_000).default(1).describe('answers to each prompt'),
  temperature: z.number().min(0).max(10).default(1),
  maxTokens: z.int().min(1).max(MOST_TOKENS).default(256).describe('most tokens of an answer'),
  seed: z.int().min(0).optional().describe('seed of the first answer; each further one has the next'),
  logprobs: z
    .int()
    .min(0)
    .max(20)
    .default(0)
    .describe(`likeliest tokens that are asked for at each step; at least ${LEAST_READ} for reading`),
  concurrency: z.int().min(1).max(32).default(4).describe('requests at once'),
  timeoutSeconds: z.int().min(1).max(300).default(120).describe('time that one request may take'),
});

const Budget = z.strictObject({
  requests: z
    .int()
    .min(1)
    .optional()
    .describe('default twice the answers; at most COUNTERMARK_MAX_AUDIT_REQUESTS'),
  tokens: z.int().min(1).optional().describe('read and written'),
  cost: Amount.optional().describe('by the prices, of which one is needed then'),
  priceInput: Amount.optional().describe('of a million tokens that the endpoint reads'),
  priceOutput: Amount.optional().describe('of a million tokens that it writes'),
});

/** An audit of a model behind an endpoint. */
export const NewAudit = z
  .strictObject({
    keyId: KeyId,
    endpoint: Endpoint,
    prompts: listOf(Prompt)
      .min(1)
      .max(MOST_PROMPTS)
      .describe('what the suspect is asked: a text, `{prompt}` or `{messages}`; or reads: `{answer}`'),
    access: z
      .enum(['answers', 'reading'])
      .default('answers')
      .describe('answers that the suspect writes, or texts that others wrote and it reads'),
    alpha: z.number().gt(0).lt(1).default(1e-6).describe('level of the test, fixed beforehand'),
    minContexts: z.int().min(1).default(1000).describe('fewer counted contexts are inconclusive'),
    decoys: z.int().min(0).max(100).default(20).describe('random keys that are audited beside the real one'),
    mayStop: z
      .boolean()
      .default(false)
      .describe('end as soon as the e-value reaches 1/alpha; the verdict then rests on it alone'),
    budget: Budget.default({}),
    served: KeptText.min(1)
      .max(4096)
      .optional()
      .describe(
        'absolute path, below COUNTERMARK_SCAN_ROOTS, of a set of `contexts build`: its contexts alone count',
      ),
    plan: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 lowercase hex digits')
      .optional()
      .describe(
        'digest of a plan that was made beforehand: an audit of other terms fails before anybody is asked',
      ),
  })
  .meta({ id: 'NewAudit' });

/** What is asked for. */
export type AuditAsked = z.output<typeof NewAudit>;

const Progress = z
  .strictObject({
    answers: z.int().describe('that are wanted'),
    settled: z.int().describe('that were counted, or given up'),
    spent: z.strictObject({
      requests: z.int(),
      input: z.int().describe('tokens read'),
      output: z.int().describe('tokens written'),
      cost: z.number().nullable().describe('by the prices given; null without'),
    }),
    log10EValue: z
      .number()
      .nullable()
      .describe('it may be looked at at any time; null with `served`, where it says nothing before the end'),
  })
  .meta({ id: 'AuditProgress' });

/** An audit. */
export const AuditSchema = z
  .strictObject({
    object: z.literal('audit'),
    id: z.uuid(),
    status: z
      .enum(['queued', 'planning', 'running', 'done', 'failed', 'cancelled'])
      .describe('the last three are ends'),
    verdict: z.string().nullable().describe('of one that is done: trace-found, none-found or inconclusive'),
    problem: z.string().nullable().describe('why it failed'),
    keyId: KeyId,
    access: z.enum(['answers', 'reading']),
    endpoint: z.strictObject({
      address: z.string().describe('without its query'),
      model: z.string(),
    }),
    plan: z
      .looseObject({ object: z.literal('audit-plan'), version: z.int(), digest: z.string() })
      .nullable()
      .describe('all that is fixed, as `countermark audit plan` writes it; null before the status `running`'),
    progress: Progress,
    created: Instant,
    started: Instant.nullable(),
    ended: Instant.nullable(),
  })
  .meta({ id: 'Audit' });

/** A page of audits. */
export const AuditList = z
  .strictObject({
    object: z.literal('list'),
    data: z.array(AuditSchema),
    next: z.string().nullable().describe('`after` of the next page; null on the last'),
  })
  .meta({ id: 'AuditList' });
