/** Mistral's tekken.json. Source: mistralai/mistral-common, tokens/tokenizers/tekken.py. */
import * as z from 'zod';
import { WatermarkError } from '../errors.ts';
import { packBase64, TOKENIZER_JSON_ADVICE } from './base64-tokens.ts';
import { ByteLevelTokenizer } from './byte-level.ts';
import { splitterOf } from './merge-split.ts';
import type { Tokenizer } from './tokenizer.ts';

const Tekken = z.looseObject({
  config: z.looseObject({
    pattern: z.string(),
    default_vocab_size: z.int().min(1),
    default_num_special_tokens: z.int().min(0),
  }),
  vocab: z.array(z.looseObject({ rank: z.int().min(0), token_bytes: z.base64() })),
  special_tokens: z.array(z.looseObject({ rank: z.int().min(0), token_str: z.string() })).nullish(),
});

/** Whether parsed JSON is a tekken.json. */
export function isTekkenFile(value: unknown): boolean {
  return z
    .looseObject({ config: z.looseObject({ pattern: z.string() }), vocab: z.array(z.unknown()) })
    .safeParse(value).success;
}

/**
 * Returns the tokenizer of a tekken.json: ids of ordinary tokens are ranks after the special tokens.
 *
 * @param value parsed JSON.
 * @throws {WatermarkError} `tokenizer-unreadable` saying what is wrong, a pattern that is not Mistral's included.
 */
export function parseTekkenFile(name: string, value: unknown): Tokenizer {
  const parsed = Tekken.safeParse(value);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') ?? '';
    throw new WatermarkError(
      'tokenizer-unreadable',
      `it is a tekken.json whose ${path} is missing or malformed`,
    );
  }
  const { config, vocab, special_tokens: listed } = parsed.data;
  const { pattern, default_vocab_size: vocabSize, default_num_special_tokens: specials } = config;
  if (splitterOf(pattern) === undefined) {
    throw new WatermarkError(
      'tokenizer-unreadable',
      `it is a tekken.json with a pattern of its own, which is not read; ${TOKENIZER_JSON_ADVICE}`,
    );
  }
  // The file has more ranks than the tokenizer.
  const ordinary = vocab.filter(({ rank }) => rank < vocabSize - specials);
  if (ordinary.length !== vocabSize - specials) {
    throw new WatermarkError(
      'tokenizer-unreadable',
      `it is a tekken.json of ${vocabSize} tokens, ${specials} of them special, and has ${ordinary.length} others`,
    );
  }
  const special = new Map(Array.from({ length: specials }, (_, id) => [id, `<SPECIAL_${id}>`]));
  for (const { rank, token_str } of listed ?? []) if (rank < specials) special.set(rank, token_str);
  return new ByteLevelTokenizer({
    name,
    pattern,
    normalizer: 'none',
    tokens: packBase64(ordinary.map(({ rank, token_bytes }) => ({ id: rank + specials, word: token_bytes }))),
    special,
    added: [],
    merges: undefined,
    wholePieces: true,
  });
}
