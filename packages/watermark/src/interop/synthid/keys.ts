/** The keys of SynthID-Text: one signed 64-bit integer a layer, in both implementations. */
import * as z from 'zod';
import { bitLength } from '../key-strength.ts';
import { drawBits, secretBigInt } from '../secret-integer.ts';

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
 * Returns the binary digits that the longest key has, and so each may have: one more where a key is negative, for the sign.
 */
export function layerKeyBits(keys: readonly bigint[]): number {
  const longest = Math.max(...keys.map(bitLength));
  return keys.some((key) => key < 0n) ? Math.min(64, longest + 1) : longest;
}

/**
 * Returns rows of as many other keys as there are, all different from each other and from the given ones, uniform among those of
 * at most as many digits.
 *
 * Given which keys were drawn, the given ones included, every choice of one key a layer from the rows is then as likely as another.
 *
 * @param rows  how many are wanted; fewer come where there are not twice as many keys of that length.
 * @param bytes yields that many uniform random bytes.
 */
export function redrawKeys(
  keys: readonly bigint[],
  rows: number,
  bytes: (length: number) => Uint8Array,
): readonly (readonly bigint[])[] {
  const bits = layerKeyBits(keys);
  const signed = keys.some((key) => key < 0n);
  const count = Math.min(rows, Math.floor(2 ** (bits - 1) / keys.length) - 1);
  const seen = new Set(keys);
  const draw = (): bigint => {
    for (;;) {
      const word = drawBits(bits, bytes);
      const key = signed ? BigInt.asIntN(bits, word) : word;
      if (seen.has(key)) continue;
      seen.add(key);
      return key;
    }
  };
  return Array.from({ length: Math.max(0, count) }, () => keys.map(draw));
}

/** The keys in google-deepmind/synthid-text's example configuration, which tutorials repeat. */
const EXAMPLE_KEYS = [
  654, 400, 836, 123, 340, 443, 597, 160, 57, 29, 590, 639, 13, 715, 468, 990, 966, 226, 324, 585, 118, 504,
  421, 521, 129, 669, 732, 225, 90, 960,
].map(BigInt);

/** Says of keys that everybody has, that they are such. */
export function keysCaution({ keys }: { readonly keys: readonly bigint[] }): string | undefined {
  return keys.every((key, layer) => key === EXAMPLE_KEYS[layer])
    ? 'these are the keys of the published example: everybody has them, and can write text that carries their mark'
    : undefined;
}
