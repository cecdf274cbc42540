import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { z } from 'zod';
import type { AuditRecord } from './record.ts';

const Ids = z.array(z.int().min(0).max(0xffff_ffff));
const Text = z.union([z.string(), Ids], { error: 'expected a text or a list of token ids' });
const Predictions = z.array(z.array(z.tuple([z.int().min(0).max(0xffff_ffff), z.number()])).nullable());

/** A line of a file of records; other fields are not read. */
const Line = z.object({
  prompt: Text.optional(),
  /** Before the answer, the oldest first: in place of `prompt` where there were several turns. */
  before: z.array(Text).optional(),
  answer: Text,
  predictions: Predictions.optional(),
  reference: Predictions.optional(),
});

/**
 * Reads a record of `countermark audit`: docs/radioactivity.md, "What is read".
 *
 * @param tokenizer the key's, for texts; undefined where all of them are token ids.
 * @throws {RangeError} naming the field, if it is none.
 */
export function parseAuditRecord(value: unknown, tokenizer: Tokenizer | undefined): AuditRecord {
  const { success, data, error } = Line.safeParse(value);
  if (!success) {
    const [issue] = error.issues;
    throw new RangeError(
      `"${issue?.path.join('.') || 'record'}" expected as documented: ${issue?.message ?? 'something else'}`,
    );
  }
  const { prompt, before = [], answer, predictions, reference } = data;
  if (predictions !== undefined && typeof answer === 'string') {
    throw new RangeError('"answer" expected token ids, since predictions belong to them, got a text');
  }
  const idsOf = (text: string | readonly number[]): Uint32Array => {
    if (typeof text !== 'string') return Uint32Array.from(text);
    if (tokenizer === undefined)
      throw new RangeError('"tokenizer" expected the key\'s, since records have texts, got none');
    return tokenizer.encode(text);
  };
  const text = typeof answer === 'string' ? answer : decoded(answer, tokenizer);
  return {
    before: [...before, ...(prompt === undefined ? [] : [prompt])].map(idsOf),
    tokenIds: idsOf(answer),
    ...(text === undefined ? {} : { text }),
    ...(predictions === undefined ? {} : { predictions: predictions.map((list) => list ?? undefined) }),
    ...(reference === undefined ? {} : { reference: reference.map((list) => list ?? undefined) }),
  };
}

function decoded(ids: readonly number[], tokenizer: Tokenizer | undefined): string | undefined {
  try {
    return tokenizer?.decode(Uint32Array.from(ids));
  } catch (error) {
    // An id below the vocabulary's size may stand for no token.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
