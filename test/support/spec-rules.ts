/** The known answers of docs/spec.md sections 5.1, 5.2, 5.3, 6.1, 6.2 and 8, by kind. */
import { readFileSync } from 'node:fs';
import { parseParams, WatermarkKey } from '@countermark/watermark/scheme';
import { z } from 'zod';

const common = { tcId: z.int().positive(), comment: z.string().min(1) };
const natural = z.int().nonnegative();
const word = natural.max(2 ** 32 - 1);
const hexOf = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
const log10 = z
  .string()
  .regex(/^-?\d(\.\d+e[+-]\d+)?$/)
  .transform(Number);
const logits = z
  .array(z.number().nullable())
  .min(1)
  .transform((values) => Float32Array.from(values, (value) => value ?? Number.NEGATIVE_INFINITY));
const truncation = { topK: natural.nullable(), topP: z.number().gt(0).max(1) };
const key = { canonicalParams: z.string(), secret: hexOf(32) };

const Start = z.strictObject({
  ...common,
  ...truncation,
  ...key,
  type: z.literal('start'),
  account: z.string().nullable(),
  startBits: z.number().nonnegative(),
  temperature: z.number().positive(),
  steps: z
    .array(
      z.strictObject({
        logits,
        fate: z.enum(['withoutContext', 'repeatedContext', 'start', 'common', 'account', 'free']),
        taken: natural,
        drawn: natural.optional(),
        spentBits: z.number().nonnegative(),
      }),
    )
    .min(1),
});
const Candidates = z.strictObject({
  ...common,
  ...truncation,
  type: z.literal('candidates'),
  logits,
  temperature: z.number().positive(),
  tokenIds: z.array(natural).min(1),
  probs: z.array(z.number()).min(1),
});
const Greedy = z.strictObject({
  ...common,
  ...truncation,
  ...key,
  type: z.literal('greedy'),
  prompt: z.array(natural).length(3),
  logits,
  candidates: z.array(natural).min(1),
  green: z.array(z.boolean()).min(1),
  chosen: natural,
});
const Trace = z.strictObject({
  ...common,
  ...key,
  type: z.literal('trace'),
  documents: z.array(z.array(natural)).min(1),
  issued: natural,
  texts: z
    .array(
      z.strictObject({
        scored: natural,
        positions: z.array(natural),
        quantum: natural,
        table: z.array(z.array(natural).length(16)),
        accounts: z
          .array(
            z.strictObject({
              account: z.string(),
              sum: natural,
              log10RawPValue: log10,
              log10PValue: log10,
            }),
          )
          .min(1),
      }),
    )
    .min(1),
});
const EValue = z.strictObject({
  ...common,
  type: z.literal('e-value'),
  scheme: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('gumbel') }),
    z.strictObject({ kind: z.literal('green-list'), gamma: z.number(), delta: z.number() }),
    z.strictObject({ kind: z.literal('tournament'), depth: z.int() }),
  ]),
  words: z.array(word).min(1),
  bins: z.array(natural).length(8),
  log10EValue: log10,
});
const Decoy = z.strictObject({
  ...common,
  type: z.literal('decoy'),
  seed: hexOf(32),
  canonicalParams: z.string(),
  secretOfKey: hexOf(32),
  number: natural,
  secret: hexOf(32),
});
const Shards = z.strictObject({
  ...common,
  type: z.literal('shards'),
  seed: hexOf(32),
  shards: natural,
  share: z.number(),
  taken: z.array(natural).min(1),
});

const { source, tests } = z
  .strictObject({
    algorithm: z.literal('Countermark version 1, rules'),
    source: z.string(),
    generator: z.literal('gen/rules.py, standard library only'),
    tests: z
      .array(z.discriminatedUnion('type', [Start, Candidates, Greedy, Trace, EValue, Decoy, Shards]))
      .min(1),
  })
  .parse(JSON.parse(readFileSync(new URL('../vectors/spec-rules.json', import.meta.url), 'utf8')));

/** What the answers were made from. */
export const rulesSource: string = source;
export const startAnswers = tests.filter((test) => test.type === 'start');
export const candidateAnswers = tests.filter((test) => test.type === 'candidates');
export const greedyAnswers = tests.filter((test) => test.type === 'greedy');
export const traceAnswers = tests.filter((test) => test.type === 'trace');
export const eValueAnswers = tests.filter((test) => test.type === 'e-value');
export const decoyAnswers = tests.filter((test) => test.type === 'decoy');
export const shardAnswers = tests.filter((test) => test.type === 'shards');

/** The key of a secret in hex. */
export function ruleKey(canonicalParams: string, secret: string): WatermarkKey {
  return new WatermarkKey(parseParams(JSON.parse(canonicalParams)), Buffer.from(secret, 'hex'));
}
