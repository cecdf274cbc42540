/** The keys of SynthID-Text: one signed 64-bit integer a layer, in both implementations. */
import { z } from 'zod';
import { drawWord, secretBigInt } from '../secret-integer.ts';

/** Words hold one bit a layer. */
const MAX_DEPTH = 32;

const LIMIT = 2n ** 63n;

const Key = secretBigInt({
  least: -LIMIT,
  most: LIMIT - 1n,
  digits: /^-?[0-9]{1,20}$/,
  faults: {
    kind: 'must be an integer, or one in decimal in a string',
    rounded: 'must be a decimal string: a number above 2^53 has lost digits',
    range: 'must be an integer of 64 bits with its sign',
  },
});

/** The keys as they stand in a configuration: numbers where JSON keeps their digits, decimal strings everywhere. */
export const Keys: z.ZodType<readonly bigint[]> = z
  .array(Key)
  .min(1, 'must have a key for each layer, one or more')
  .max(MAX_DEPTH, `must have at most ${MAX_DEPTH} keys, one a layer`)
  .superRefine((keys, context) => {
    const seen = new Map<bigint, number>();
    for (const [layer, key] of keys.entries()) {
      const first = seen.get(key);
      if (first === undefined) seen.set(key, layer);
      else {
        context.addIssue({
          code: 'custom',
          path: [layer],
          message: `must differ from key ${first}: two layers of one key draw the same bits`,
        });
      }
    }
  });

/** N-grams that the scheme hashes: contexts of 1 to 15 tokens, and the token. */
export const NgramLength: z.ZodType<number> = z.int().min(2).max(16);

/**
 * Returns as many random keys, distinct, 0…2^63 − 1.
 *
 * @param bytes yields that many uniform random bytes.
 */
export function drawKeys(count: number, bytes: (length: number) => Uint8Array): readonly bigint[] {
  const keys = new Set<bigint>();
  while (keys.size < count) keys.add(drawWord(bytes) & (LIMIT - 1n));
  return [...keys];
}
