/**
 * The seed of a context in the `hash` seeding of three_bricks: s ← (s · salt + id) mod (2^64 − 1), token by token.
 *
 * Source: Fernandez, Chaffin, Tit, Chappelier, Furon, "Three Bricks to Consolidate Watermarks for Large Language Models", WIFS
 * 2023; the modulus and the order by the known answers of test/vectors/interop.
 */
/** Where seeds wrap. */
export const FOLD_MODULUS: bigint = 2n ** 64n - 1n;
const LIMBS = 4;
const LIMB = 2 ** 16;
const ONES = LIMB - 1;

/** Computes the low 32 bits of contexts' seeds: torch's generators on a CPU take no others. */
export class SeedFold {
  // [contextWidth + 1, 4]: what is added for an empty context, and the factor of each token, in limbs of 16 bits.
  readonly #limbs: Float64Array;
  readonly #contextWidth: number;

  /**
   * @param seed         the first s, any integer.
   * @param salt         any integer.
   * @param contextWidth 1…15.
   */
  constructor(seed: bigint, salt: bigint, contextWidth: number) {
    this.#contextWidth = contextWidth;
    this.#limbs = new Float64Array(LIMBS * (contextWidth + 1));
    // The fold is linear: seed · salt^h + Σ id_j · salt^(h − 1 − j).
    let power = 1n;
    for (let j = contextWidth; j >= 0; j--) {
      this.#set(j, mod(j === 0 ? seed * power : power));
      power = mod(power * salt);
    }
  }

  /**
   * Returns the low 32 bits of the seed of the context that starts at `start`.
   *
   * Exact: a limb is a sum of sixteen products of at most 48 bits.
   */
  at(tokenIds: ArrayLike<number>, start: number): number {
    const limbs = this.#limbs;
    let a = limbs[0]!;
    let b = limbs[1]!;
    let c = limbs[2]!;
    let d = limbs[3]!;
    for (let j = 0, k = LIMBS; j < this.#contextWidth; j++, k += LIMBS) {
      const id = tokenIds[start + j]!;
      a += id * limbs[k]!;
      b += id * limbs[k + 1]!;
      c += id * limbs[k + 2]!;
      d += id * limbs[k + 3]!;
    }
    // 2^64 is 1: what is carried out at the top comes in below. The second time it is 1 at most, the third time nothing.
    do {
      b += Math.floor(a / LIMB);
      c += Math.floor(b / LIMB);
      d += Math.floor(c / LIMB);
      const over = Math.floor(d / LIMB);
      a = (a & ONES) + over;
      b &= ONES;
      c &= ONES;
      d &= ONES;
    } while (a > ONES);
    if (a === ONES && b === ONES && c === ONES && d === ONES) return 0;
    return ((b << 16) | a) >>> 0;
  }

  /** Overwrites seed and salt. */
  wipe(): void {
    this.#limbs.fill(0);
  }

  #set(row: number, value: bigint): void {
    for (let limb = 0; limb < LIMBS; limb++) {
      this.#limbs[LIMBS * row + limb] = Number((value >> BigInt(16 * limb)) & 0xffffn);
    }
  }
}

function mod(value: bigint): bigint {
  const rest = value % FOLD_MODULUS;
  return rest < 0n ? rest + FOLD_MODULUS : rest;
}

/** Returns the largest seed that contexts of these tokens have if nothing wraps. */
export function largestFold(seed: bigint, salt: bigint, contextWidth: number, vocabSize: number): bigint {
  let fold = seed;
  for (let i = 0; i < contextWidth; i++) fold = fold * salt + BigInt(vocabSize - 1);
  return fold;
}
