/**
 * The keyed function of TextSeal: 8,191 levels for a context, a token and a key.
 *
 * Source: facebookresearch/textseal@2c63fb8 (MIT, later Apache-2.0), `apps/common/watermark/pseudorandom.py`. All integers
 * are 64-bit in two's complement there.
 */

/** Levels of the function: 2^13 − 1. */
export const LEVELS = 8191;
/** Tokens that a context may have: the function has no more primes. */
export const MAX_NGRAM = 10;
/** Token ids that {@link TextSealPrf} takes: what it adds up stays below 2^48. */
export const MAX_VOCABULARY = 1_048_576;

const CONTEXT_PRIMES = [
  10_000_019, 10_000_247, 10_000_439, 10_000_643, 10_000_747, 10_000_867, 10_000_993, 10_001_213, 10_001_357,
  10_001_501,
];
/** How far apart the sums of neighbouring token ids are. */
export const TOKEN_PRIME = 100_000_007;
const KEY_PRIME = 500_001_713n;
const FACTOR = 15_485_863n * 40_499n;
const SHIFT = 13;
const DIGIT = LEVELS;
const TWO_24 = 2 ** 24;
const LIMB = 2 ** 16;

/**
 * Evaluates the function at sums a = Σ prime_j id_j + {@link TOKEN_PRIME} · token.
 *
 * A draw depends on context and token through that sum alone: equal sums are one draw, whichever contexts they come from.
 */
export class TextSealPrf {
  // FACTOR in limbs of 16 bits, then what the key adds.
  readonly #limbs = new Float64Array(8);
  // The next layer is this much further, as two words.
  readonly #step: Uint32Array;
  #low = 0;
  #high = 0;

  /**
   * @param key    any integer; its low 64 bits matter.
   * @param stride token ids between the layers of {@link bits}.
   */
  constructor(key: bigint, stride: number) {
    const offset = BigInt.asUintN(64, key * KEY_PRIME * FACTOR);
    for (let limb = 0; limb < 4; limb++) {
      this.#limbs[limb] = Number((FACTOR >> BigInt(16 * limb)) & 0xffffn);
      this.#limbs[4 + limb] = Number((offset >> BigInt(16 * limb)) & 0xffffn);
    }
    const step = BigInt.asUintN(64, BigInt(stride) * BigInt(TOKEN_PRIME) * FACTOR);
    this.#step = Uint32Array.of(Number(step & 0xffff_ffffn), Number(step >> 32n));
  }

  /** Returns the level of a sum, 0…8190; each is as likely as the others to a relative 2^-50. */
  level(sum: number): number {
    this.#seek(sum);
    return levelOf(this.#low, this.#high);
  }

  /**
   * Returns the word whose bit l says whether layer l's level is below `greenLevels`.
   *
   * @param depth layers, 1…32.
   */
  bits(sum: number, depth: number, greenLevels: number): number {
    this.#seek(sum);
    let low = this.#low;
    let high = this.#high;
    const stepLow = this.#step[0]!;
    const stepHigh = this.#step[1]!;
    let word = 0;
    for (let layer = 0; layer < depth; layer++) {
      if (levelOf(low, high) < greenLevels) word |= 1 << layer;
      const next = (low + stepLow) | 0;
      high = (high + stepHigh + (next >>> 0 < stepLow ? 1 : 0)) | 0;
      low = next;
    }
    return word >>> 0;
  }

  /** Overwrites the key. */
  wipe(): void {
    this.#limbs.fill(0);
    this.#low = 0;
    this.#high = 0;
  }

  // (sum + KEY_PRIME · key) · FACTOR mod 2^64, in limbs: exact, as products stay below 2^48 and their sums below 2^50.
  #seek(sum: number): void {
    const limbs = this.#limbs;
    const upper = Math.floor(sum / TWO_24);
    const lower = sum - upper * TWO_24;
    // 2^24 is limb 1 and 8 bits.
    const raised = upper * 256;
    const t0 = lower * limbs[0]! + limbs[4]!;
    const t1 = lower * limbs[1]! + raised * limbs[0]! + limbs[5]! + Math.floor(t0 / LIMB);
    const t2 = lower * limbs[2]! + raised * limbs[1]! + limbs[6]! + Math.floor(t1 / LIMB);
    const t3 = lower * limbs[3]! + raised * limbs[2]! + limbs[7]! + Math.floor(t2 / LIMB);
    this.#low = ((t1 & 0xffff) << 16) | (t0 & 0xffff);
    this.#high = ((t3 & 0xffff) << 16) | (t2 & 0xffff);
  }
}

/**
 * Returns what a context adds to the sum.
 *
 * @param start where its first token is.
 * @param ngram tokens in it, 1…10.
 */
export function contextSum(tokenIds: ArrayLike<number>, start: number, ngram: number): number {
  let sum = 0;
  for (let j = 0; j < ngram; j++) sum += tokenIds[start + j]! * CONTEXT_PRIMES[j]!;
  return sum;
}

// (y xor (y >> 13)) mod 8191; the shift copies the sign, so the xor is never negative. 2^32 is 64 modulo 2^13 − 1.
function levelOf(low: number, high: number): number {
  const mixedLow = low ^ ((low >>> SHIFT) | (high << (32 - SHIFT)));
  const mixedHigh = high ^ (high >> SHIFT);
  return ((mixedHigh % LEVELS) * 64 + (mixedLow >>> SHIFT) + (mixedLow & DIGIT)) % LEVELS;
}
