/** The known answers of docs/spec.md sections 1, 2, 4 and 6, by kind. */
import { readFileSync } from 'node:fs';
import { parseParams, WatermarkKey } from '@countermark/watermark/scheme';
import { z } from 'zod';

const common = { tcId: z.int().positive(), comment: z.string().min(1) };
const hexOf = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
const natural = z.int().nonnegative();
const word = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);
const limit = z
  .int()
  .min(0)
  .max(2 ** 32);
const slot = z.enum(['common', 'account', 'free']);
const named = {
  canonicalParams: z.string(),
  secret: hexOf(32),
  fingerprint: hexOf(32),
  keyId: hexOf(16),
};

const Scores = z.strictObject({
  ...common,
  type: z.literal('scores'),
  scheme: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('gumbel') }),
    z.strictObject({ kind: z.literal('green-list'), gamma: z.number(), delta: z.number() }),
    z.strictObject({ kind: z.literal('tournament'), depth: z.int() }),
  ]),
  greenLimit: limit.optional(),
  weights: z.array(natural).optional(),
  words: z.array(word).min(1),
  scores: z.array(natural).min(1),
});
const Slots = z.strictObject({
  ...common,
  type: z.literal('slots'),
  commonShare: z.number(),
  accountShare: z.number(),
  commonLimit: limit,
  accountLimit: limit,
  words: z.array(word).min(1),
  slots: z.array(slot).min(1),
});
const Mark = z.strictObject({
  ...common,
  ...named,
  type: z.literal('mark'),
  accountId: z.string().min(1),
  context: z.array(word).min(1).max(15),
  tokenId: word,
  slotWord: word,
  slot,
  codePosition: natural,
  symbol: z.int().min(0).max(15).nullable(),
  word: word.nullable(),
});
const Document = z.strictObject({
  ...common,
  ...named,
  type: z.literal('document'),
  tokenIds: z.array(word),
  statuses: z.array(z.enum(['without-context', 'other-slot', 'duplicate', 'scored'])),
  words: z.array(word),
  scores: z.array(natural),
  sum: natural,
  log10PValue: z.stringFormat('log10', /^(0|-\d\.\d{24}e[+-]\d+)$/),
});

const SchemeVectors = z.strictObject({
  algorithm: z.literal('Countermark version 1, slots, scores and statistics'),
  source: z.string(),
  generator: z.string(),
  tests: z.array(z.discriminatedUnion('type', [Scores, Slots, Mark, Document])).min(1),
});

const { tests } = SchemeVectors.parse(
  JSON.parse(readFileSync(new URL('../vectors/spec-scheme.json', import.meta.url), 'utf8')),
);

export const scoreAnswers = tests.filter((test) => test.type === 'scores');
export const slotAnswers = tests.filter((test) => test.type === 'slots');
export const markAnswers = tests.filter((test) => test.type === 'mark');
export const documentAnswers = tests.filter((test) => test.type === 'document');

/** The key that an answer is about. */
export function keyOf(answer: { readonly canonicalParams: string; readonly secret: string }): WatermarkKey {
  return new WatermarkKey(
    parseParams(JSON.parse(answer.canonicalParams)),
    Uint8Array.from(Buffer.from(answer.secret, 'hex')),
  );
}
