/** How the tokens of a text choose the seeds of their lists. */

/** Seeds of lists, as one scheme draws them from tokens and a key. */
export interface ListSeeds {
  /** Tokens before a scored one that its seed depends on, 1…15; 1 where it depends on the token alone. */
  readonly contextWidth: number;
  /** Whether the seed depends on the scored token itself: then each candidate has a list of its own. */
  readonly usesToken: boolean;
  /**
   * Returns the low 32 bits of the seed that decides about the token at a position: all that torch sees of it.
   *
   * @param tokenIds Uint32Array.
   * @param position `contextWidth` or later; unless `usesToken`, it may be the length.
   */
  seedAt(tokenIds: Uint32Array, position: number): number;
  /** Returns how many bits of the key that seed depends on, 0…32; arguments as for {@link seedAt}. */
  keyBitsAt(tokenIds: Uint32Array, position: number): number;
  /** Overwrites the key and what was made from it. */
  wipe(): void;
}

/** Python's modulus before torch sees a seed: 2^64 − 1. */
export const SEED_MODULUS: bigint = 2n ** 64n - 1n;

/** Returns the low 32 bits of `value % (2**64 - 1)` with Python's sign. */
export function seedWord(value: bigint): number {
  const rest = value % SEED_MODULUS;
  return Number(BigInt.asUintN(32, rest < 0n ? rest + SEED_MODULUS : rest));
}
