/** The configuration of a TextSeal watermark: the fields of its `WatermarkConfig` that the mark depends on. */
import * as z from 'zod';
import { SecretInteger } from '../secret-integer.ts';
import { MAX_NGRAM } from './prf.ts';

/** Which of TextSeal's marks. */
export type TextSealType = 'greenlist' | 'gumbelmax' | 'synthid' | 'synthid-weighted';

/** What {@link textSealConfig} reads. */
export interface TextSealConfig {
  readonly watermark_type: TextSealType;
  readonly secret_key: number | bigint;
  readonly ngram: number;
  /** Share of green levels; not for `gumbelmax`. */
  readonly gamma: number;
  /** Bias of green tokens after top-p, nats; `greenlist` only. */
  readonly delta: number;
  /** Layers; `synthid` and `synthid-weighted` only. */
  readonly depth: number;
  /** Token ids between two layers: `SYNTHID_ROUND_STRIDE`, and 1 before there was such a constant. */
  readonly synthid_round_stride?: 1 | 659101 | undefined;
}

// Fields of other marks, of training and of the peer's own detector. They say nothing about how a text is read.
const UNUSED = z
  .object({
    method: z.unknown(),
    alpha: z.unknown(),
    after_topp: z.literal(true, { error: 'must be true: a bias before top-p depends on the temperature' }),
    k_morphmark: z.unknown(),
    p_0: z.unknown(),
    chunk_size: z.unknown(),
    num_drafts: z.unknown(),
    base_watermark: z.unknown(),
    attenuation: z.unknown(),
    attenuation_weight: z.unknown(),
    backprop_on_nonzero: z.unknown(),
    scoring_method: z.unknown(),
    secret_key_b: z.literal(-1, { error: 'must be -1: marks of two keys are not read' }),
    mixing_alpha: z.unknown(),
    key_routing: z.literal(false, { error: 'must be false: marks of two keys are not read' }),
  })
  .partial().shape;

/** Returns what reads configurations of the given types; messages never repeat the key. */
export function textSealConfig(
  types: readonly [TextSealType, ...TextSealType[]],
): z.ZodType<TextSealConfig, unknown> {
  const width = `must be an integer from 1 to ${MAX_NGRAM}`;
  const layers = 'must be an integer from 1 to 32';
  const share = 'must be a number between 0 and 1';
  const stride = 'must be 1 or 659101, what SYNTHID_ROUND_STRIDE is where the text was made';
  return z
    .strictObject({
      ...UNUSED,
      watermark_type: z.enum(types, { error: `must be ${types.join(' or ')}` }),
      secret_key: SecretInteger,
      ngram: z.int(width).min(1, width).max(MAX_NGRAM, width).default(1),
      gamma: z.number(share).gt(0, share).lt(1, share).default(0.5),
      delta: z.number('must be a number').positive('must be greater than 0').default(2),
      depth: z.int(layers).min(1, layers).max(32, layers).default(30),
      synthid_round_stride: z.literal([1, 659_101], { error: stride }).optional(),
    })
    .refine(
      (config) => !config.watermark_type.startsWith('synthid') || config.synthid_round_stride !== undefined,
      { path: ['synthid_round_stride'], message: stride },
    )
    .transform(({ watermark_type, secret_key, ngram, gamma, delta, depth, synthid_round_stride }) => ({
      watermark_type,
      secret_key,
      ngram,
      gamma,
      delta,
      depth,
      ...(synthid_round_stride === undefined ? {} : { synthid_round_stride }),
    }));
}
