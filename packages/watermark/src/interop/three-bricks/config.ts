/** The configuration of a three_bricks watermark, by the names of its detectors' and generators' arguments. */
import * as z from 'zod';
import { SecretInteger } from '../secret-integer.ts';

/** The salt that three_bricks comes with. */
export const DEFAULT_SALT = 35_317;

/** What {@link ThreeBricksConfig} reads. */
export interface ThreeBricksConfig {
  /** Which reading: `maryland` is a green list, `openai` keyed Gumbel-max. */
  readonly detector: 'maryland' | 'openai';
  /** Tokens in a context, 1…15. */
  readonly ngram: number;
  readonly seed: number | bigint;
  readonly salt_key: number | bigint;
  readonly seeding: 'hash';
  /** Green share of the vocabulary; `maryland` only. */
  readonly gamma?: number | undefined;
  /** Bias of green logits, nats: only writing needs it. */
  readonly delta?: number | undefined;
  /** By how many places the vocabulary's scores are shifted. */
  readonly payload: number;
}

// The Z detectors read the same mark; only their p-values are approximations.
const DETECTORS: Readonly<Record<string, ThreeBricksConfig['detector']>> = {
  maryland: 'maryland',
  marylandz: 'maryland',
  marylanddetector: 'maryland',
  marylanddetectorz: 'maryland',
  openai: 'openai',
  openaiz: 'openai',
  openaidetector: 'openai',
  openaidetectorz: 'openai',
};

/** Returns what reads configurations of one reading; messages never repeat seed or salt. */
export function threeBricksConfig(
  reading: ThreeBricksConfig['detector'],
): z.ZodType<ThreeBricksConfig, unknown> {
  const size = 'must be an integer from 1 to 15';
  return z
    .strictObject({
      detector: z.string('must be maryland or openai').transform((name, context) => {
        const detector = DETECTORS[name.toLowerCase()];
        if (detector === reading) return detector;
        const names = Object.keys(DETECTORS).filter((each) => DETECTORS[each] === reading);
        context.addIssue({ code: 'custom', message: `must be one of ${names.join(', ')}` });
        return z.NEVER;
      }),
      ngram: z.int(size).min(1, size).max(15, size),
      seed: SecretInteger.prefault(0),
      salt_key: SecretInteger.prefault(DEFAULT_SALT),
      seeding: z
        .literal('hash', { error: 'must be hash: three_bricks reads back no other seeding' })
        .default('hash'),
      gamma: between0And1().optional(),
      delta: z.number('must be a number').positive('must be greater than 0').optional(),
      payload: z.int('must be an integer').min(0, 'must not be negative').default(0),
    })
    .refine(({ detector, gamma }) => detector !== 'maryland' || gamma !== undefined, {
      path: ['gamma'],
      message: 'must be given for maryland: the green share of the vocabulary',
    });
}

function between0And1(): z.ZodNumber {
  const message = 'must be a number between 0 and 1';
  return z.number(message).gt(0, message).lt(1, message);
}
