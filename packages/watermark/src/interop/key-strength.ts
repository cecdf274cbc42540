/**
 * How much of a key a foreign mark's draws depend on: docs/statistics.md section 18.6.
 *
 * Many foreign hashes multiply token ids with the key, so that a context of ids 0 draws the same numbers under every key, and one
 * whose product has many factors of two sees only a few bits of it. Whoever writes such contexts needs no key, or guesses the few
 * bits. Draws below a mark's bar are therefore not scored, and no p-value is below what the bar and the key support.
 */
import type { KeyStrength } from '../mark-key.ts';

/**
 * The bar for seeds that torch's generator reads 32 bits of: a seed of fewer bits could be guessed.
 *
 * Not 32: then every even multiplier would be left out, and a text's evidence with it. A p-value stops at 2^-28 instead.
 */
export const TORCH_SEED_BITS = 28;

/** The word of a header that stands for a tuple which shares its draws with others: it is not scored. */
export const SHARED_SLOT = 0xffff_ffff;

/** The word of a header that stands for a tuple whose draw depends on too little of the key: it is not scored. */
export const UNKEYED_SLOT = 0xffff_fffe;

const TORCH_MODULUS = 2n ** 64n - 1n;

/** Returns the strength of a key all of whose draws depend on all of it. */
export function wholeKey(bits: number): KeyStrength {
  return { keyBits: bits, drawBits: bits };
}

/** Returns the number of binary digits of |value|; 0 for 0. */
export function bitLength(value: number | bigint): number {
  const whole = BigInt(value);
  return whole === 0n ? 0 : (whole < 0n ? -whole : whole).toString(2).length;
}

/** Returns how many times 2 divides a value; Infinity for 0. */
export function factorsOfTwo(value: number | bigint): number {
  if (typeof value === 'number') {
    // Both halves are integers below 2^32.
    const low = value >>> 0;
    if (low !== 0) return 31 - Math.clz32(low & -low);
    const high = Math.floor(value / 2 ** 32);
    return high === 0 ? Infinity : 32 + 31 - Math.clz32(high & -high);
  }
  if (value === 0n) return Infinity;
  let count = 0;
  for (let rest = value; (rest & 1n) === 0n; rest >>= 1n) count++;
  return count;
}

/**
 * Returns how many bits of a key the low 32 bits of `key * factor`, wrapped at 64 bits, depend on.
 *
 * @param keyBits digits of the key.
 */
export function wrappedSeedBits(keyBits: number, factor: number | bigint): number {
  return Math.max(0, Math.min(keyBits, 32 - factorsOfTwo(factor)));
}

/**
 * Returns how many bits of a key the low 32 bits of `key * factor % (2**64 - 1)` depend on.
 *
 * What a product has above 2^64 is added to its low end, and brings in the key's upper bits. A factor that shares divisors with
 * the modulus leaves so many fewer remainders.
 *
 * @param keyBits digits of the key.
 * @param factor  below 2^64 in size; its sign does not matter.
 */
export function foldedSeedBits(keyBits: number, factor: number | bigint): number {
  if (factor === 0 || factor === 0n) return 0;
  const low = Math.max(0, 32 - factorsOfTwo(factor));
  const length = typeof factor === 'number' ? Math.floor(Math.log2(Math.abs(factor))) + 1 : bitLength(factor);
  const folded = Math.max(0, keyBits + length - 65);
  const bits = Math.min(keyBits, 32, Math.min(keyBits, low) + folded);
  // A factor below 2^32 leaves 2^32 remainders or more.
  if (length <= 32) return bits;
  return Math.min(bits, 64 - Math.log2(Number(commonDivisor(BigInt(factor), TORCH_MODULUS))));
}

function commonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
}
