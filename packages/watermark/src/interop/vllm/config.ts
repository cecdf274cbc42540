/**
 * vLLM's watermark configuration: the JSON of `vllm serve --watermark-config`.
 *
 * Source: vllm-project/vllm, vllm/config/watermarking.py; `sbw_*` from pull request 56859, `depth` from the one that adds
 * SynthID-Text, both open when they were read.
 */
import * as z from 'zod';
import type { KeyStrength } from '../../mark-key.ts';
import { bitLength, wholeKey } from '../key-strength.ts';
import { MAX_WIDTH } from '../philox/engine.ts';
import { drawKeyLike, secretBigInt } from '../secret-integer.ts';

/** Which watermark a server writes. */
export type VllmAlgorithm = 'gumbel' | 'dual_key_gumbel' | 'sbw' | 'synthid' | 'synthid_text';

/** A server's configuration with its defaults. Settings of other algorithms are there, and without effect, as in vLLM. */
export interface VllmConfig {
  /** Secret, below 2^64. */
  readonly key: bigint;
  readonly algorithm: VllmAlgorithm;
  /** Probability of key B. */
  readonly alpha: number;
  /** Generated tokens before a marked one. */
  readonly context_width: number;
  /** Where a context is looked for before it is marked. */
  readonly deduplicate_contexts: 'none' | 'single_turn' | 'all';
  /** How many of the last positions are looked at; null for all. */
  readonly deduplicate_contexts_max_history: number | null;
  readonly prf: 'philox';
  readonly allow_target_only_watermarking: boolean;
  readonly sbw_scheme: 'selfhash' | 'lefthash';
  readonly sbw_gamma: number;
  readonly sbw_delta: number;
  /** Tournament layers. */
  readonly depth: number;
}

/** What one algorithm asks of the configuration. */
interface AlgorithmRules {
  /** The algorithms that are read; the first is the one that is meant where none is named. */
  readonly algorithms: readonly [VllmAlgorithm, ...VllmAlgorithm[]];
  /** Whether `algorithm` may be left out: only vLLM's own default may. */
  readonly isDefault?: boolean;
  /** Keys are below 2^this. */
  readonly keyBits?: 63 | 64;
}

const DEFAULT_WIDTH = { selfhash: 4, lefthash: 1 };
// 2^31 − 1, the scale of `sbw_gamma`.
const INT31_MAX = 0x7fffffff;

/** Creates the schema of the configuration for one algorithm. */
export function vllmConfig({
  algorithms,
  isDefault = false,
  keyBits = 64,
}: AlgorithmRules): z.ZodType<VllmConfig> {
  const named = z.enum(algorithms, {
    error: `must be ${algorithms.map((name) => `"${name}"`).join(' or ')}`,
  });
  return z
    .strictObject({
      key: keySchema(keyBits),
      algorithm: isDefault ? named.default(algorithms[0]) : named,
      alpha: z.number().min(0).max(1).default(0.1),
      context_width: z.int().min(1).max(MAX_WIDTH).nullable().default(null),
      deduplicate_contexts: z.enum(['none', 'single_turn', 'all']).default('single_turn'),
      deduplicate_contexts_max_history: z.int().min(1).nullable().default(8192),
      prf: z.literal('philox', { error: 'must be "philox"' }).default('philox'),
      allow_target_only_watermarking: z.boolean().default(false),
      sbw_scheme: z.enum(['selfhash', 'lefthash']).default('selfhash'),
      sbw_gamma: z
        .number()
        .gt(0)
        .lt(1)
        .refine((gamma) => greenLimit(gamma) >= 1, 'is so small that no token is green')
        .default(0.5),
      sbw_delta: z.number().min(0).default(2),
      depth: z.int().min(1).max(32).default(32),
    })
    .transform((config) => ({
      ...config,
      // The names that one profile reads are one mark's.
      algorithm: algorithms[0],
      context_width:
        config.context_width ?? (config.algorithm === 'sbw' ? DEFAULT_WIDTH[config.sbw_scheme] : 4),
    }));
}

/** Returns the configuration with another key, uniform among those of at most as many binary digits. */
export function redrawVllmKey(config: VllmConfig, bytes: (length: number) => Uint8Array): VllmConfig {
  return { ...config, key: drawKeyLike(config.key, bytes) };
}

/** Philox takes in all of a key before it draws. */
export function vllmStrength({ key }: VllmConfig): KeyStrength {
  return wholeKey(bitLength(key));
}

/** Returns below which value the lower 31 bits of a word are green. */
export function greenLimit(gamma: number): number {
  return Math.floor(gamma * INT31_MAX);
}

function keySchema(bits: 63 | 64): z.ZodType<bigint> {
  const range = `must be an integer from 0 to 2^${bits} − 1`;
  return secretBigInt({
    least: 0n,
    most: 2n ** BigInt(bits) - 1n,
    digits: /^(\d{1,20}|0x[0-9a-f]{1,16})$/i,
    faults: {
      kind: `${range}, as a number or as a string of decimal or 0x… digits`,
      rounded: 'must be a string of digits from 2^53 on: JSON readers round such numbers',
      range,
    },
  });
}
