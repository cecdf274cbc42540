/**
 * The green lists of transformers' `WatermarkingConfig`.
 *
 * Source: WatermarkLogitsProcessor in src/transformers/generation/logits_process.py of huggingface/transformers 5.5.
 */
import * as z from 'zod';
import { bitLength, foldedSeedBits, wrappedSeedBits } from '../key-strength.ts';
import type { Profile } from '../profile.ts';
import { drawKeyLike, reducedKey } from '../secret-integer.ts';
import { listedIds } from '../torch/green-lists.ts';
import { DEFAULT_KEY_CAUTION, TorchKey, torchStrength } from '../torch/key.ts';
import { anchoredPair, pairSeed } from './anchored-minimum.ts';
import { drawHashTable } from './hash-table.ts';
import { openListMark } from './list-mark.ts';
import { type ListSeeds, SEED_MODULUS, seedWord } from './list-seeds.ts';
import { someFields } from './some-fields.ts';

// What transformers' selfhash looks at: the first 40 of the sorted logits.
const CANDIDATES = 40;
// The token and the most context that a source can have.
const MAX_WINDOW = 16;
const SHARE = 'must be between 0 and 1';
const DEFAULT_KEY = 15_485_863;

/** `WatermarkingConfig` of transformers. */
export interface KgwHfConfig {
  readonly greenlist_ratio: number;
  readonly bias: number;
  readonly hashing_key: bigint;
  readonly seeding_scheme: 'lefthash' | 'selfhash';
  readonly context_width: number;
}

/** Green lists as Hugging Face transformers writes and reads them. */
export const KGW_HF: Profile<KgwHfConfig> = {
  kind: 'tuples',
  name: 'kgw-hf',
  writtenBy: 'Hugging Face transformers, WatermarkingConfig',
  scheme: 'green-list',
  config: someFields(
    z
      .strictObject({
        greenlist_ratio: z.number().gt(0, SHARE).lt(1, SHARE).default(0.25),
        bias: z.number().positive('must be more than 0').default(2),
        hashing_key: TorchKey.prefault(DEFAULT_KEY),
        seeding_scheme: z.enum(['lefthash', 'selfhash'], 'must be lefthash or selfhash').default('lefthash'),
        context_width: z.int('must be an integer').min(1, 'must be at least 1').default(1),
      })
      .refine((config) => config.seeding_scheme === 'lefthash' || config.context_width <= MAX_WINDOW, {
        path: ['context_width'],
        error: `must be at most ${MAX_WINDOW} with selfhash`,
      }),
  ),
  secretFields: ['hashing_key'],

  basis: 'law',
  caution: ({ hashing_key }) => (hashing_key === BigInt(DEFAULT_KEY) ? DEFAULT_KEY_CAUTION : undefined),
  strength: ({ hashing_key }) => torchStrength(hashing_key),
  redraw: (config, bytes) => ({ ...config, hashing_key: drawKeyLike(config.hashing_key, bytes) }),
  // The products of selfhash wrap under every key that has more than 32 bits.
  canonical: (config, vocabSize) =>
    config.seeding_scheme === 'selfhash'
      ? config
      : {
          ...config,
          hashing_key: reducedKey(
            config.hashing_key,
            config.hashing_key * BigInt(vocabSize - 1),
            SEED_MODULUS,
          ),
        },

  open(config, vocabSize) {
    const listed = listedIds('greenlist_ratio', config.greenlist_ratio, vocabSize);
    return openListMark(
      config.seeding_scheme === 'lefthash' ? lastTokenSeeds(config.hashing_key) : selfSaltedSeeds(config),
      { vocabSize, listed, end: 'first' },
      { bias: config.bias, leastTokens: config.context_width, candidates: CANDIDATES },
      torchStrength(config.hashing_key).drawBits,
    );
  },
};

// The context's width does not matter to it: the last token is all that it looks at.
function lastTokenSeeds(key: bigint): ListSeeds {
  const isShort = key < 2n ** 32n;
  const keyBits = bitLength(key);
  let low = Number(BigInt.asUintN(32, key));
  return {
    contextWidth: 1,
    usesToken: false,
    // Below 2^64 − 1 a product is its own remainder, and the low words alone decide its low word.
    seedAt: (tokenIds, position) =>
      isShort
        ? Math.imul(low, tokenIds[position - 1]!) >>> 0
        : seedWord(key * BigInt(tokenIds[position - 1]!)),
    keyBitsAt: (tokenIds, position) => foldedSeedBits(keyBits, tokenIds[position - 1]!),
    wipe: () => {
      key = 0n;
      low = 0;
    },
  };
}

function selfSaltedSeeds(config: KgwHfConfig): ListSeeds {
  const before = config.context_width - 1;
  const key = config.hashing_key;
  const words = Uint32Array.of(Number(BigInt.asUintN(32, key)), Number(key >> 32n));
  const table = drawHashTable(key);
  const keyBits = bitLength(key);
  const pairAt = (ids: Uint32Array, position: number): number =>
    anchoredPair(words, table, ids, position - before, position + 1);
  return {
    contextWidth: Math.max(1, before),
    usesToken: true,
    seedAt: (tokenIds, position) => pairSeed(words, pairAt(tokenIds, position)),
    keyBitsAt: (tokenIds, position) => wrappedSeedBits(keyBits, pairAt(tokenIds, position)),
    wipe: () => {
      words.fill(0);
      table.fill(0);
    },
  };
}
