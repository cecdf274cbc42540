import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { z } from 'zod';
import { type Mapping, type MappingCounts, mapAnswer } from './map-answer.ts';
import { mapReading } from './map-reading.ts';
import type { AuditRecord, Prediction } from './record.ts';
import { type SuspectToken, SuspectTokenSchema } from './suspect-token.ts';
import { TokenMap } from './token-map.ts';

// Of the long lists each member is looked at once, without a schema of its own: that takes a tenth of the time.
const Ids = z.custom<readonly number[]>(
  (value) => Array.isArray(value) && value.every(isId),
  'expected a list of token ids',
);
const Text = z.union([z.string(), Ids], { error: 'expected a text or a list of token ids' });
const Predictions = z.custom<readonly (Prediction | null)[]>(
  (value) => Array.isArray(value) && value.every((list) => list === null || isList(list)),
  'expected lists of [token id, probability], or null',
);

function isId(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 0xffff_ffff && Number.isInteger(value);
}

function isList(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  for (const entry of value) {
    if (!(Array.isArray(entry) && entry.length === 2 && isId(entry[0]) && typeof entry[1] === 'number'))
      return false;
  }
  return true;
}

/** A line of a file of records; other fields are not read. */
const Line = z.object({
  prompt: Text.optional(),
  /** Before the answer, the oldest first: in place of `prompt` where there were several turns. */
  before: z.array(Text).optional(),
  answer: Text,
  predictions: Predictions.optional(),
  reference: Predictions.optional(),
  /** The suspect's own tokens, of an answer that is a text. */
  tokens: z.array(SuspectTokenSchema).optional(),
  /** How many likeliest tokens were asked for, where the suspect read the text. */
  asked: z.int().min(1).optional(),
});

/**
 * Reads a record of `countermark audit`: docs/radioactivity.md, "What is read".
 *
 * @param tokenizer the key's, for texts; undefined where all of them are token ids.
 * @throws {RangeError} naming the field, if it is none.
 */
export function parseAuditRecord(value: unknown, tokenizer: Tokenizer | undefined): AuditRecord {
  return new RecordReader(tokenizer).read(value);
}

/** Reads the records of an audit, and counts what the map from the suspect's tokens to the key's kept. */
export class RecordReader {
  readonly #tokenizer: Tokenizer | undefined;
  readonly #mapping: Mapping = { lists: 0, broken: 0, positions: 0, listedMass: 0, mappedMass: 0 };
  #map: TokenMap | undefined;

  /** @param tokenizer the key's, for texts; undefined where all of them are token ids. Not closed. */
  constructor(tokenizer: Tokenizer | undefined) {
    this.#tokenizer = tokenizer;
  }

  /** What the map kept so far. */
  get mapping(): MappingCounts {
    return { ...this.#mapping };
  }

  /**
   * Reads a record: docs/radioactivity.md, "What is read".
   *
   * @throws {RangeError} naming the field, if it is none.
   */
  read(value: unknown): AuditRecord {
    const { success, data, error } = Line.safeParse(value);
    if (!success) {
      const [issue] = error.issues;
      throw new RangeError(
        `"${issue?.path.join('.') || 'record'}" expected as documented: ${issue?.message ?? 'something else'}`,
      );
    }
    const { prompt, before = [], answer, reference, tokens, asked } = data;
    if (data.predictions !== undefined && typeof answer === 'string') {
      throw new RangeError('"answer" expected token ids, since predictions belong to them, got a text');
    }
    const tokenIds = this.#idsOf(answer);
    const text = typeof answer === 'string' ? answer : decoded(answer, this.#tokenizer);
    const predictions =
      tokens === undefined
        ? data.predictions?.map((list) => list ?? undefined)
        : this.#mapped(answer, tokenIds, tokens, asked);
    return {
      before: [...before, ...(prompt === undefined ? [] : [prompt])].map((text) => this.#idsOf(text)),
      tokenIds,
      ...(text === undefined ? {} : { text }),
      ...(predictions === undefined ? {} : { predictions }),
      ...(reference === undefined ? {} : { reference: reference.map((list) => list ?? undefined) }),
      ...(tokens === undefined ? {} : { fitFor: asked === undefined ? 'answers' : 'reading' }),
    };
  }

  /** The texts that a record says were there before its answer, and no more of it. */
  readBefore(value: unknown): Uint32Array[] {
    const { success, data } = Line.pick({ prompt: true, before: true }).safeParse(value);
    // What is wrong with it is said where all of it is read.
    if (!success) return [...(this.read(value).before ?? [])];
    const { prompt, before = [] } = data;
    return [...before, ...(prompt === undefined ? [] : [prompt])].map((text) => this.#idsOf(text));
  }

  #idsOf(text: string | readonly number[]): Uint32Array {
    if (typeof text !== 'string') return Uint32Array.from(text);
    if (this.#tokenizer === undefined)
      throw new RangeError('"tokenizer" expected the key\'s, since records have texts, got none');
    return this.#tokenizer.encode(text);
  }

  #mapped(
    text: string | readonly number[],
    tokenIds: Uint32Array,
    tokens: readonly SuspectToken[],
    asked: number | undefined,
  ): NonNullable<AuditRecord['predictions']> {
    if (typeof text !== 'string')
      throw new RangeError('"answer" expected a text, since it is cut into the key\'s tokens, got token ids');
    const tokenizer = this.#tokenizer;
    if (tokenizer === undefined) throw new RangeError('"tokenizer" expected the key\'s, got none');
    this.#map ??= new TokenMap(tokenizer);
    if (asked !== undefined) return mapReading(this.#map, tokenizer, { tokenIds, tokens, asked });
    return mapAnswer(this.#map, tokenizer, { text, tokenIds, tokens }, this.#mapping);
  }
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
