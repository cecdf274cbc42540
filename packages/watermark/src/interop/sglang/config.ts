/**
 * SGLang's watermark configuration: the JSON of `--watermark-config`, inline or as a file.
 *
 * Source: sgl-project/sglang, python/sglang/srt/sampling/watermarking/config.py of pull request 37577, open when it was read.
 */
import * as z from 'zod';
import { MAX_WIDTH } from '../philox/engine.ts';

/** A server's configuration with its defaults. */
export interface SglangConfig {
  /** Secret key A, or a request's own key: 1 to 16 lowercase hexadecimal digits without zeros before them. */
  readonly key: string;
  /** Secret key B; `null` without one. */
  readonly key_b: string | null;
  /** Tokens before a marked one, the prompt's included. */
  readonly context_window: number;
  /** Probability that a context is marked with key A. */
  readonly mixing_probability: number;
  /** Steps whose likeliest token is likelier are not marked. */
  readonly max_probability: number;
  readonly default_enabled: boolean;
  readonly enforce_all: boolean;
}

// Messages say what a key must be, and never what it was.
const keyDigits = z
  .string({ error: 'must be a string of 1 to 16 hexadecimal digits' })
  .regex(/^(0x)?[0-9a-f]{1,16}$/i, 'must be 1 to 16 hexadecimal digits');

/** Reads what SGLang's servers take. A server may leave its key to the requests; a detector needs it. */
export const sglangConfig: z.ZodType<SglangConfig> = z
  .strictObject({
    key: keyDigits,
    key_b: keyDigits.nullish(),
    context_window: z.int().min(1).max(MAX_WIDTH).nullish(),
    mixing_probability: z.number().gt(0).lt(1).nullish(),
    max_probability: z.number().gt(0).max(1).nullish(),
    default_enabled: z.boolean().nullish(),
    enforce_all: z.boolean().nullish(),
  })
  // By digits: this runs, and must not fail, on keys that are none.
  .refine(({ key, key_b }) => key_b == null || digitsOf(key) !== digitsOf(key_b), {
    path: ['key_b'],
    message: 'must differ from key; one key is written without key_b',
  })
  .transform((config) => ({
    // One number has one form: SGLang reads digits of either case, with `0x` and zeros before them.
    key: digitsOf(config.key),
    key_b: config.key_b == null ? null : digitsOf(config.key_b),
    context_window: config.context_window ?? 4,
    mixing_probability: config.mixing_probability ?? 0.5,
    max_probability: config.max_probability ?? 1,
    default_enabled: config.default_enabled ?? false,
    enforce_all: config.enforce_all ?? false,
  }));

/** Returns the 64-bit number that a key is, as the configuration has it once it is read. */
export function parseSglangKey(digits: string): bigint {
  return BigInt(`0x${digits}`);
}

function digitsOf(key: string): string {
  return key.toLowerCase().replace(/^(0x)?0*(?=.)/, '');
}
