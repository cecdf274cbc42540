/** The port of Kuditipudi's watermarks: configuration, test and sampler. */
import * as z from 'zod';
import { bitLength, wholeKey } from '../key-strength.ts';
import { race } from '../mark-writers.ts';
import type { MarkSampler, PermutationProfile } from '../profile.ts';
import { redrawSecretInteger, SecretInteger } from '../secret-integer.ts';
import { drawKey } from './key.ts';
import { type ExpEditConfig, expEditTest } from './permutation-test.ts';

const count = 'must be an integer from 1 to 65536';

/** The port: the statistic without edit distance. */
export const EXP_EDIT: PermutationProfile<ExpEditConfig> = {
  kind: 'permutation',
  name: 'exp-edit',
  writtenBy: 'jthickstun/watermark',
  scheme: 'gumbel',
  config: z.strictObject({
    method: z.enum(['transform', 'gumbel'], { error: 'must be transform or gumbel' }),
    key_len: z.int(count).min(1, count).max(65_536, count),
    block: z.int(count).min(1, count).max(65_536, count).optional(),
    // torch's generator on a CPU reads 32 bits of a seed.
    seed: SecretInteger.transform((seed) => Number(BigInt.asUintN(32, BigInt(seed)))),
  }),
  secretFields: ['seed'],

  basis: 'rank',
  strength: ({ seed }) => wholeKey(bitLength(seed)),
  redraw: (config, bytes) => ({ ...config, seed: Number(redrawSecretInteger(config.seed, bytes)) }),

  test(tokenIds, config, vocabSize, permutations, seed) {
    return expEditTest(tokenIds, config, vocabSize, { permutations, seed });
  },
};

/** Where a response begins. */
export interface ExpEditStart {
  /** Tokens before the response. */
  readonly promptLength: number;
  /** Row of the key that the first token takes, 0…key_len − 1; fresh for each response there. */
  readonly offset: number;
  /** Fresh uniform numbers in (0, 1), for tokens that are no candidates. */
  readonly random: () => number;
}

/**
 * Starts a response: `gumbel` takes the candidate with the largest ξ^(1/p), `transform` inverts the distribution in the key's
 * order at ξ. Holds the whole key: 4 bytes a row, and for `gumbel` 4 · vocabSize.
 *
 * `choose` throws a RangeError if `transform` is given a tail: its order is over all tokens that may be chosen.
 */
export function startExpEdit(
  { method, key_len: rows, seed: keySeed }: ExpEditConfig,
  vocabSize: number,
  { promptLength, offset, random }: ExpEditStart,
): MarkSampler {
  const { order, uniforms } = drawKey(method, keySeed % 2 ** 32, rows, vocabSize);
  const rankOf = new Uint32Array(vocabSize);
  order.forEach((id, rank) => {
    rankOf[id] = rank;
  });
  return {
    choose(tokenIds, candidates) {
      const row = (offset + tokenIds.length - promptLength) % rows;
      const ids = candidates.tokenIds;
      if (method === 'gumbel') {
        return race(candidates, (i) => uniforms[row * vocabSize + ids[i]!]!, random);
      }
      if (candidates.tailMass > 0) {
        throw new RangeError(`"candidates" expected no tail, got one of mass ${candidates.tailMass}`);
      }
      const places = Array.from({ length: candidates.count }, (_, i) => i);
      places.sort((a, b) => rankOf[ids[a]!]! - rankOf[ids[b]!]!);
      let mass = 0;
      const place = places.find((i) => {
        mass += candidates.probs[i]!;
        return mass >= uniforms[row]!;
      });
      return ids[place ?? places.at(-1)!]!;
    },
  };
}
