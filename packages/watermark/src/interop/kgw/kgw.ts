/**
 * The green lists of lm-watermarking.
 *
 * Source: extended_watermark_processor.py of jwkirchenbauer/lm-watermarking@fb602de.
 */
import * as z from 'zod';
import type { Profile } from '../profile.ts';
import { drawKeyLike } from '../secret-integer.ts';
import { listedIds } from '../torch/green-lists.ts';
import { DEFAULT_KEY_CAUTION, TorchKey } from '../torch/key.ts';
import { openListMark } from './list-mark.ts';
import { type KgwScheme, parseKgwScheme } from './scheme.ts';
import { canonicalKgwKey, createKgwSeeds, kgwStrength } from './seeds.ts';
import { someFields } from './some-fields.ts';

// What lm-watermarking's self-salted schemes look at: the first 41 of the sorted logits.
const CANDIDATES = 41;
const DEFAULT_KEY = 15_485_863n;

/** Arguments of `WatermarkBase` of lm-watermarking. */
export interface KgwConfig {
  readonly gamma: number;
  readonly delta: number;
  /** A name without a key: that is in `hash_key`. */
  readonly seeding_scheme: string;
  readonly hash_key: bigint;
  /** Whether the first ids of a permutation are green, rather than the last. */
  readonly select_green_tokens: boolean;
}

const Members = z.strictObject({
  gamma: z.number().gt(0, 'must be between 0 and 1').lt(1, 'must be between 0 and 1').default(0.25),
  delta: z.number().positive('must be more than 0').default(2),
  seeding_scheme: z
    .string()
    .transform((name, context) => {
      const scheme = parseKgwScheme(name);
      if (typeof scheme !== 'string') return scheme;
      context.addIssue(scheme);
      return z.NEVER;
    })
    .prefault('selfhash'),
  hash_key: TorchKey.optional(),
  select_green_tokens: z.boolean().default(true),
});

/** Green lists as the code of their authors writes and reads them. */
export const KGW: Profile<KgwConfig> = {
  kind: 'tuples',
  name: 'kgw',
  writtenBy: 'lm-watermarking, extended_watermark_processor.py',
  scheme: 'green-list',
  config: someFields(
    Members.transform(({ seeding_scheme: scheme, hash_key: given, ...others }, context) => {
      const named = scheme.key === undefined ? undefined : TorchKey.safeParse(scheme.key);
      const fault = (message: string) => {
        context.addIssue({ code: 'custom', path: ['seeding_scheme'], message });
        return z.NEVER;
      };
      if (named?.success === false) return fault('must end in a key from 1 to 2^63 − 1');
      if (named !== undefined && given !== undefined && named.data !== given) {
        return fault('must not end in another key than hash_key');
      }
      return { ...others, seeding_scheme: scheme.name, hash_key: named?.data ?? given ?? DEFAULT_KEY };
    }),
  ),
  secretFields: ['hash_key'],

  basis: 'law',
  caution: ({ hash_key }) => (hash_key === DEFAULT_KEY ? DEFAULT_KEY_CAUTION : undefined),
  strength: (config) => kgwStrength(schemeOf(config), config.hash_key),
  redraw: (config, bytes) => ({ ...config, hash_key: drawKeyLike(config.hash_key, bytes) }),
  canonical: (config, vocabSize) => ({
    ...config,
    hash_key: canonicalKgwKey(schemeOf(config), config.hash_key, vocabSize),
  }),

  open(config, vocabSize) {
    const listed = listedIds('gamma', config.gamma, vocabSize);
    const scheme = schemeOf(config);
    return openListMark(
      createKgwSeeds(scheme, config.hash_key, vocabSize),
      { vocabSize, listed, end: config.select_green_tokens ? 'first' : 'last' },
      {
        bias: config.delta,
        leastTokens: scheme.selfSalt ? scheme.width - 1 : scheme.width,
        candidates: CANDIDATES,
      },
      kgwStrength(scheme, config.hash_key).drawBits,
    );
  },
};

function schemeOf(config: KgwConfig): KgwScheme {
  const scheme = parseKgwScheme(config.seeding_scheme);
  if (typeof scheme === 'string') throw new RangeError(`"seeding_scheme" ${scheme}`);
  return scheme;
}
