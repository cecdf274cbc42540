import { MAX_START_BITS, type Pauses } from '@countermark/watermark';
import { z } from 'zod';
import { Problem } from '../http/problem.ts';
import { KeyId } from '../http/schemas.ts';
import { SampleCount, type SampleLimits } from './sample-limits.ts';

/** One sequence whose next token is asked for. */
export interface SampleSequence {
  /** Uint32Array `[n]`: the tokens before the one to choose. */
  readonly context: Uint32Array;
  /** How many of the last ones are of this response; undefined where the server remembers it. */
  readonly generated: number | undefined;
  /** What the client calls the response that the server remembers. */
  readonly responseId: string | undefined;
  /** Bits that the response has spent so far; undefined where the server remembers it. */
  readonly spentBits: number | undefined;
  /** Bits that it spends before it is marked; undefined for the default. */
  readonly startBits: number | undefined;
  /** When it spends bits again; undefined for never. */
  readonly pauses: Pauses | undefined;
  /** Whether contexts may reach into the prompt; undefined for the default. */
  readonly promptContexts: boolean | undefined;
  /** Uint32Array `[m]`. */
  readonly tokenIds: Uint32Array;
  /** Float32Array `[m]`. */
  readonly logits: Float32Array;
  /** Whose response it is, as the vendor calls them; in no log and no error. */
  readonly accountId: string | undefined;
  readonly temperature: number | undefined;
  readonly topK: number | undefined;
  readonly topP: number | undefined;
}

/** A call that samples: with which key, named by its id or its label, and what for. */
export interface SampleRequest {
  readonly keyId: string | undefined;
  readonly label: string | undefined;
  /** Fingerprint of the tokenizer that the caller believes to be the key's; undefined where it does not say. */
  readonly tokenizer: string | undefined;
  /** Whether the answer says of each step what became of it; undefined where the form has it in any case. */
  readonly wantsSteps?: boolean;
  readonly sequences: readonly SampleSequence[];
}

/** More than any response spends: the most that it begins with, and a token of the least probability that a double has. */
export const MAX_SPENT_BITS = 10_000;

/** Most marked tokens between two pauses. */
export const MAX_PAUSE = 1_000_000;

const MAX_TOKEN_ID = 2 ** 32 - 1;
const MAX_LOGIT = (2 - 2 ** -23) * 2 ** 127;
const MAX_ACCOUNT = 256;
const MAX_RESPONSE_ID = 128;
const KEY_ID = /^[0-9a-f]{32}$/;
const FINGERPRINT = /^[0-9a-f]{64}$/;
const MAX_LABEL = 64;

const TokenId = z.int().min(0).max(MAX_TOKEN_ID);

const sequence = {
  context: z
    .array(TokenId)
    .describe(
      'token ids before the one to choose, in order: the last `contextWidth` at least; with fewer it is not marked',
    ),
  tokenIds: z.array(TokenId).min(1).describe("the engine's candidates, each once, in any order"),
  logits: z
    .array(z.number().min(-MAX_LOGIT).max(MAX_LOGIT))
    .min(1)
    .describe('their raw logits or log-probabilities, before temperature'),
  accountId: z
    .string()
    .min(1)
    .max(MAX_ACCOUNT)
    .optional()
    .describe("whose response it is, as the vendor's own books call them; up to 256 bytes of UTF-8"),
  startBits: z
    .number()
    .min(0)
    .max(MAX_START_BITS)
    .optional()
    .describe(
      'bits of its own that the response spends before it is marked (default 16): with too few, answers to one question begin alike',
    ),
  pauses: z
    .strictObject({
      after: z.number().min(1).max(MAX_PAUSE).describe('marked tokens between two pauses, in the mean'),
      bits: z.number().gt(0).max(MAX_START_BITS).describe('bits spent in each, at most `startBits`'),
    })
    .optional()
    .describe(
      'when bits are spent again (default: never): answers to one question share less, for some evidence',
    ),
  promptContexts: z
    .boolean()
    .optional()
    .describe(
      'whether the key also looks at tokens of the prompt (default false): for detectors that are given prompt and response',
    ),
  sampling: z
    .strictObject({
      temperature: z.number().min(0).optional().describe('default 1; 0 is greedy, for green-list only'),
      topK: z.int().min(1).optional(),
      topP: z.number().gt(0).max(1).optional(),
    })
    .optional(),
};

const Sequence = z
  .union([
    z.strictObject({
      ...sequence,
      generated: z
        .int()
        .min(0)
        .describe('how many of the last ids of `context` are of this response; the server keeps nothing'),
      spentBits: z
        .number()
        .min(0)
        .max(MAX_SPENT_BITS)
        .optional()
        .describe(
          'what the answer to the last step said of this response; 0 or absent at its first step, and needed at the others',
        ),
    }),
    z.strictObject({
      ...sequence,
      responseId: z
        .string()
        .min(1)
        .max(MAX_RESPONSE_ID)
        .describe(
          'a name of your own for this response, whose used contexts the server remembers for a while',
        ),
    }),
  ])
  .meta({ id: 'SampleSequence' });

const sequences = z.array(Sequence).min(1);
const tokenizer = z
  .string()
  .regex(FINGERPRINT)
  .optional()
  .describe("fingerprint of the engine's tokenizer: the call is refused where it is not the key's");

/** What a call that samples looks like: the documentation. {@link parseSampleRequest} accepts just the same, and yields its type. */
export const SampleRequestSchema: z.ZodType<SampleRequest> = z
  .union([
    z.strictObject({ keyId: KeyId, tokenizer, sequences }),
    z.strictObject({
      tokenizer,
      label: z.string().min(1).max(MAX_LABEL).describe('the active key of this label'),
      sequences,
    }),
  ])
  .meta({ id: 'SampleRequest' }) as unknown as z.ZodType<SampleRequest>;

/**
 * Parses a call that samples, in one pass: the schema would take most of the time that a call has.
 *
 * @throws {Problem} `invalid-request` naming the field at fault; `limit-exceeded`, before what is too long is looked into.
 */
export function parseSampleRequest(value: unknown, limits: SampleLimits): SampleRequest {
  const body = fields(value, '', ['keyId', 'label', 'tokenizer', 'sequences']);
  const { keyId, label, tokenizer } = body;
  if ((keyId === undefined) === (label === undefined)) fail('keyId', 'give either "keyId" or "label"');
  if (keyId !== undefined && !(typeof keyId === 'string' && KEY_ID.test(keyId)))
    fail('keyId', 'must be 32 lowercase hex digits');
  if (tokenizer !== undefined && !(typeof tokenizer === 'string' && FINGERPRINT.test(tokenizer)))
    fail('tokenizer', 'must be 64 lowercase hex digits');
  const given = list(body['sequences'], 'sequences', 1);
  const count = new SampleCount(limits, given.length);
  return {
    keyId: keyId as string | undefined,
    label: optionalString(label, 'label', MAX_LABEL),
    tokenizer: tokenizer as string | undefined,
    sequences: given.map((sequence, index) => parseSequence(sequence, index, count)),
  };
}

function parseSequence(value: unknown, index: number, count: SampleCount): SampleSequence {
  const path = `sequences.${index}`;
  const given = fields(value, path, [...Object.keys(sequence), 'generated', 'spentBits', 'responseId']);
  const { generated, responseId } = given;
  count.add(index, lengthOf(given['tokenIds']), lengthOf(given['context']));
  if ((generated === undefined) === (responseId === undefined)) {
    fail(`${path}.responseId`, 'give either "generated" or "responseId"');
  }
  if (responseId !== undefined && given['spentBits'] !== undefined) {
    fail(`${path}.spentBits`, 'goes with "generated": by "responseId" the server knows them');
  }
  const sampling =
    given['sampling'] === undefined
      ? {}
      : fields(given['sampling'], `${path}.sampling`, ['temperature', 'topK', 'topP']);
  return {
    context: idArray(given['context'], `${path}.context`, 0),
    generated: optionalNumber(generated, `${path}.generated`, (n) => Number.isSafeInteger(n) && n >= 0),
    responseId: optionalString(responseId, `${path}.responseId`, MAX_RESPONSE_ID),
    spentBits: optionalNumber(
      given['spentBits'],
      `${path}.spentBits`,
      (bits) => bits >= 0 && bits <= MAX_SPENT_BITS,
    ),
    startBits: optionalNumber(
      given['startBits'],
      `${path}.startBits`,
      (bits) => bits >= 0 && bits <= MAX_START_BITS,
    ),
    pauses: optionalPauses(given['pauses'], `${path}.pauses`),
    promptContexts: optionalBoolean(given['promptContexts'], `${path}.promptContexts`),
    tokenIds: idArray(given['tokenIds'], `${path}.tokenIds`, 1),
    logits: logitArray(given['logits'], `${path}.logits`),
    accountId: optionalString(given['accountId'], `${path}.accountId`, MAX_ACCOUNT),
    temperature: optionalNumber(
      sampling['temperature'],
      `${path}.sampling.temperature`,
      (t) => t >= 0 && t < Infinity,
    ),
    topK: optionalNumber(sampling['topK'], `${path}.sampling.topK`, (k) => Number.isSafeInteger(k) && k >= 1),
    topP: optionalNumber(sampling['topP'], `${path}.sampling.topP`, (p) => p > 0 && p <= 1),
  };
}

function fields(value: unknown, path: string, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(path, 'must be an object');
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) fail(path, 'has a field that is not documented');
  }
  return value as Record<string, unknown>;
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

function list(value: unknown, path: string, least: number): readonly unknown[] {
  if (!Array.isArray(value)) fail(path, 'must be an array');
  if (value.length < least) fail(path, `must have at least ${least} element`);
  return value;
}

function idArray(value: unknown, path: string, least: number): Uint32Array {
  const values = list(value, path, least);
  const ids = new Uint32Array(values.length);
  for (let i = 0; i < ids.length; i++) {
    const id = values[i];
    // Storing it changes whatever is no 32-bit integer.
    ids[i] = id as number;
    if (ids[i] !== id) fail(`${path}.${i}`, 'must be a token id');
  }
  return ids;
}

function logitArray(value: unknown, path: string): Float32Array {
  const values = list(value, path, 1);
  const logits = new Float32Array(values.length);
  for (let i = 0; i < logits.length; i++) {
    const logit = values[i];
    if (!(typeof logit === 'number' && Math.abs(logit) <= MAX_LOGIT))
      fail(`${path}.${i}`, 'must be a 32-bit float');
    logits[i] = logit;
  }
  return logits;
}

function optionalNumber(
  value: unknown,
  path: string,
  isRight: (value: number) => boolean,
): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !isRight(value)) fail(path, 'is out of range');
  return value;
}

function optionalPauses(value: unknown, path: string): Pauses | undefined {
  if (value === undefined) return undefined;
  const given = fields(value, path, ['after', 'bits']);
  const after = optionalNumber(given['after'], `${path}.after`, (n) => n >= 1 && n <= MAX_PAUSE);
  const bits = optionalNumber(given['bits'], `${path}.bits`, (n) => n > 0 && n <= MAX_START_BITS);
  if (after === undefined || bits === undefined) fail(path, 'must have "after" and "bits"');
  return { after, bits };
}

function optionalBoolean(value: unknown, path: string): boolean | undefined {
  if (value !== undefined && typeof value !== 'boolean') fail(path, 'must be true or false');
  return value as boolean | undefined;
}

function optionalString(value: unknown, path: string, most: number): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value.length < 1 || value.length > most)
    fail(path, `must be 1 to ${most} characters`);
  return value;
}

function fail(path: string, message: string): never {
  if (path === '') throw new Problem('invalid-request', `the body: ${message}`);
  throw new Problem('invalid-request', `"${path}": ${message}`, { param: path });
}
