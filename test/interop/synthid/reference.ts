/** SynthID-Text's two hashes once more, on whole numbers: slow, and written for nothing but to compare with. */
import { createHash } from 'node:crypto';

const MULTIPLIER = 6364136223846793005n;

/** h ← (h + x) · M + 1 over all values, in signed 64 bits. */
function foldAll(hash: bigint, values: readonly bigint[]): bigint {
  return values.reduce((state, value) => BigInt.asIntN(64, (state + value) * MULTIPLIER + 1n), hash);
}

/** The 64-bit key of each layer of an n-gram. */
export function layerKeys(initial: bigint, ngram: readonly number[], keys: readonly bigint[]): bigint[] {
  const hash = foldAll(initial, ngram.map(BigInt));
  return keys.map((key) => foldAll(hash, [key]));
}

/** transformers' g-values of an n-gram: one digit a layer. */
export function tableBits(
  table: ArrayLike<number>,
  ngram: readonly number[],
  keys: readonly bigint[],
): string {
  const size = BigInt(table.length);
  return layerKeys(1n, ngram, keys)
    .map((value) => table[Number(((value % size) + size) % size)])
    .join('');
}

/** synthid-text's g-values of an n-gram: one digit a layer. */
export function shiftedBits(initial: bigint, ngram: readonly number[], keys: readonly bigint[]): string {
  return layerKeys(initial, ngram, keys)
    .map((value) => {
      for (let round = 0; round < 12; round++) value = foldAll(value, [1n]) >> 5n;
      return (value >> 30n) & 1n;
    })
    .join('');
}

/** What synthid-text starts from: SHA-256 of the keys, as one number mod 2^63 − 1. */
export function textInitialHash(keys: readonly bigint[]): bigint {
  const bytes = Buffer.alloc(8 * keys.length);
  for (const [layer, key] of keys.entries()) bytes.writeBigInt64LE(key, 8 * layer);
  return BigInt(`0x${createHash('sha256').update(bytes).digest('hex')}`) % (2n ** 63n - 1n);
}
