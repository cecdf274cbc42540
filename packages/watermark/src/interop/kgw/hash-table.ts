/**
 * The hash of integers by a permuted table that KGW's seeds are made of.
 *
 * Source: `hashint` in alternative_prf_schemes.py of jwkirchenbauer/lm-watermarking@fb602de, and the `fixed_table` of
 * transformers' WatermarkLogitsProcessor.
 */
import { TorchRandom } from '../torch/random.ts';

/** Entries of a table; a prime. */
export const TABLE_SIZE = 1_000_003;

/**
 * Draws a table.
 *
 * @param seed of the permutation.
 * @returns Uint32Array `[TABLE_SIZE]`: a permutation of 1…TABLE_SIZE, 4 MB.
 */
export function drawHashTable(seed: number | bigint): Uint32Array {
  const random = new TorchRandom(seed);
  const table = random.randPerm(TABLE_SIZE);
  random.wipe();
  for (let i = 0; i < TABLE_SIZE; i++) table[i]!++;
  return table;
}
