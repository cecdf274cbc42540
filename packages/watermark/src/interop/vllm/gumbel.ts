/**
 * vLLM's keyed Gumbel-max sampling, `"algorithm": "gumbel"`.
 *
 * Source: vllm-project/vllm, vllm/v1/watermarking/gumbel.py and prfs/base.py.
 */
import { createGumbel } from '../../scheme/gumbel.ts';
import { race } from '../mark-writers.ts';
import { createPhiloxSource } from '../philox/source.ts';
import type { Profile } from '../profile.ts';
import { redrawVllmKey, type VllmConfig, vllmConfig, vllmStrength } from './config.ts';
import { vllmSampler } from './sampler.ts';

/**
 * vLLM takes the upper 24 bits m of a word for a uniform number: (m + 1) / (2^24 + 1). Scored is m / 2^24, which a word
 * without its lower bits is to our own Gumbel score: P(m / 2^24 ≥ x) ≤ 1 − x.
 */
export const UPPER_BITS = 0xffffff00;
const LEVELS = 2 ** 24;

/** Returns the uniform number in (0, 1) that vLLM samples with, a binary32. */
export function vllmUniform(word: number): number {
  return Math.fround(((word >>> 8) + 1) / (LEVELS + 1));
}

/** The mark that vLLM writes unless it is told otherwise. */
export const VLLM_GUMBEL: Profile<VllmConfig> = {
  kind: 'tuples',
  name: 'vllm-gumbel',
  writtenBy: 'vLLM, --watermark-config with algorithm gumbel',
  scheme: 'gumbel',
  config: vllmConfig({ algorithms: ['gumbel'], isDefault: true }),
  secretFields: ['key'],
  basis: 'law',
  strength: vllmStrength,
  redraw: redrawVllmKey,

  open(config) {
    const source = createPhiloxSource({
      key: config.key,
      contextWidth: config.context_width,
      mask: UPPER_BITS,
    });
    return {
      source,
      wordScore: createGumbel(),
      startSampler: (promptLength, random) =>
        vllmSampler({
          config,
          promptLength,
          random,
          sourceOf: () => source,
          choose: (candidates, words) => race(candidates, (i) => vllmUniform(words[i]!), random),
        }),
    };
  },
};
