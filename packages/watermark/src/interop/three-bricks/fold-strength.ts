/** How much of seed and salt the seeds of three_bricks' contexts depend on: see fold-seed.ts for the fold. */

import type { KeyStrength } from '../../mark-key.ts';
import { bitLength, factorsOfTwo, foldedSeedBits, TORCH_SEED_BITS } from '../key-strength.ts';
import type { ThreeBricksConfig } from './config.ts';

const MODULUS = 2n ** 64n - 1n;

/** Bits of the key that seeds depend on. */
export interface FoldKeyBits {
  /** Through the first seed: in every context the same. */
  readonly everywhere: number;
  /** In the context that starts at `start`. */
  at(tokenIds: ArrayLike<number>, start: number): number;
}

/**
 * Says how many bits of the key a context's seed depends on: seed · salt^h + Σ id_j · salt^(h − 1 − j), modulo 2^64 − 1.
 *
 * With a first seed of 0, which is the default, only the ids before the last one meet the salt.
 */
export function foldKeyBits({ seed, salt_key, ngram }: ThreeBricksConfig): FoldKeyBits {
  const saltBits = bitLength(salt_key);
  let power = 1n;
  for (let i = 0; i < ngram; i++) power = (power * BigInt(salt_key)) % MODULUS;
  const everywhere = foldedSeedBits(bitLength(seed), power);
  return {
    everywhere,
    at(tokenIds, start) {
      let factors = Infinity;
      for (let j = 0; j < ngram - 1; j++) factors = Math.min(factors, factorsOfTwo(tokenIds[start + j]!));
      return Math.max(everywhere, Math.min(saltBits, Math.max(0, 32 - factors)));
    },
  };
}

/** Returns the strength of a first seed and a salt. */
export function foldStrength(config: ThreeBricksConfig): KeyStrength {
  const seedBits = bitLength(config.seed);
  // A salt that meets no id and no seed decides nothing.
  const saltBits = seedBits > 0 || config.ngram > 1 ? bitLength(config.salt_key) : 0;
  const ofSalt = config.ngram > 1 ? saltBits : 0;
  const keyBits = seedBits + saltBits;
  return {
    keyBits,
    drawBits: Math.min(TORCH_SEED_BITS, keyBits, Math.max(foldKeyBits(config).everywhere, ofSalt)),
  };
}
