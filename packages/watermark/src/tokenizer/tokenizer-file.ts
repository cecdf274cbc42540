import * as z from 'zod';
import { WatermarkError } from '../errors.ts';
import { faultInWords } from '../fault-in-words.ts';

// Source: the format that huggingface/tokenizers v0.22 writes, read as data.

/** A token of `added_tokens`. */
export interface AddedTokenEntry {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

/** A tokenizer.json; what is read later is `unknown`. */
export interface TokenizerFile {
  readonly added_tokens: readonly AddedTokenEntry[];
  readonly normalizer?: unknown;
  readonly pre_tokenizer?: unknown;
  readonly decoder?: unknown;
  readonly model: { readonly type?: ModelType | undefined; readonly [key: string]: unknown };
}

type ModelType = 'BPE' | 'Unigram' | 'WordPiece' | 'WordLevel';

const File = z.looseObject({
  added_tokens: z
    .array(
      z.strictObject({
        id: z.int().min(0).max(0x7fffffff),
        content: z.string().min(1),
        single_word: z.boolean().default(false),
        lstrip: z.boolean().default(false),
        rstrip: z.boolean().default(false),
        normalized: z.boolean().default(true),
        special: z.boolean().default(false),
      }),
    )
    .default([]),
  normalizer: z.unknown().optional(),
  pre_tokenizer: z.unknown().optional(),
  decoder: z.unknown().optional(),
  model: z.looseObject({ type: z.enum(['BPE', 'Unigram', 'WordPiece', 'WordLevel']).optional() }),
});

/**
 * Parses a tokenizer.json as far as it is common to all models.
 *
 * @throws {WatermarkError} `tokenizer-unreadable` saying what is wrong.
 */
export function parseTokenizerFile(json: string): TokenizerFile {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new WatermarkError('tokenizer-unreadable', 'it is not valid JSON', { cause });
  }
  return checkTokenizerFile(value);
}

/**
 * Checks the parsed JSON of a tokenizer.json.
 *
 * @throws {WatermarkError} `tokenizer-unreadable` saying what is wrong.
 */
export function checkTokenizerFile(value: unknown): TokenizerFile {
  const parsed = File.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    (issue) => `${issue.path.length === 0 ? 'the file' : issue.path.join('.')}: ${faultInWords(issue, true)}`,
  );
  throw new WatermarkError('tokenizer-unreadable', `it is not a tokenizer.json: ${faults.join('; ')}`);
}
