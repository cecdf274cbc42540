/**
 * The 64-bit hash that SynthID-Text folds token ids and keys with, wrapping: h ← (h + x) · M + 1.
 *
 * Source: `accumulate_hash` of huggingface/transformers (SynthIDTextWatermarkLogitsProcessor) and of
 * google-deepmind/synthid-text@addb4a1; M is Knuth's MMIX multiplier. The two start from different values.
 *
 * Halves of 64 bits are int32 here: the low one and the high one, which has the sign.
 */

/** M. */
export const MULTIPLIER = 6364136223846793005n;
/** M's halves. */
export const MULTIPLIER_LOW = 0x4c957f2d;
export const MULTIPLIER_HIGH = 0x5851f42d;

const LOW_16 = MULTIPLIER_LOW & 0xffff;
const HIGH_16 = MULTIPLIER_LOW >>> 16;

/** Hashes of several n-grams: Int32Arrays `[capacity]`, by halves. */
export interface HashBlock {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/** Returns room for hashes. */
export function createHashBlock(capacity: number): HashBlock {
  return { low: new Int32Array(capacity), high: new Int32Array(capacity) };
}

/**
 * Returns bits 32…63 of `low` · `MULTIPLIER_LOW`, both unsigned, as an int32 or above.
 *
 * No partial product reaches 2^31, so all are exact in int32.
 */
export function carriedProduct(low: number): number {
  const start = low & 0xffff;
  const end = low >>> 16;
  const middle = Math.imul(end, LOW_16) + (Math.imul(start, LOW_16) >>> 16);
  const cross = Math.imul(start, HIGH_16) + (middle & 0xffff);
  return Math.imul(end, HIGH_16) + (middle >>> 16) + (cross >>> 16);
}

/**
 * Folds `count` token ids into a hash.
 *
 * @param tokenIds Uint32Array, at least `[start + count]`.
 * @param low      the hash before them, as `high`.
 * @param out      receives the hash in entry `at`.
 */
export function foldTokens(
  tokenIds: Uint32Array,
  start: number,
  count: number,
  low: number,
  high: number,
  out: HashBlock,
  at: number,
): void {
  for (let i = start; i < start + count; i++) {
    const tokenId = tokenIds[i]!;
    const sum = (low + tokenId) | 0;
    const carry = sum >>> 0 < tokenId ? 1 : 0;
    const product = Math.imul(sum, MULTIPLIER_LOW);
    high =
      (carriedProduct(sum) + Math.imul(sum, MULTIPLIER_HIGH) + Math.imul(high + carry, MULTIPLIER_LOW)) | 0;
    low = (product + 1) | 0;
    if (low === 0) high = (high + 1) | 0;
  }
  out.low[at] = low;
  out.high[at] = high;
}

/** Returns a hash with `value` folded in: the same function on whole numbers, a signed 64-bit integer. */
export function foldInteger(hash: bigint, value: bigint): bigint {
  return BigInt.asIntN(64, (hash + value) * MULTIPLIER + 1n);
}

/** Returns the halves of a 64-bit integer: `[low, high]`, int32. */
export function halves(value: bigint): [number, number] {
  return [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
}
