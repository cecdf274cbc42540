/**
 * vLLM's SynthID-Text: a tournament over bits of one Philox word a token.
 *
 * Source: vllm-project/vllm, vllm/v1/watermarking/synthid.py, of a pull request that was open when it was read. Its two states in
 * which a word's bits are drawn from Philox differ in the stream: {@link VLLM_SYNTHID} is the first, {@link VLLM_SYNTHID_STREAM}
 * the later one.
 */
import { createTournament } from '../../scheme/tournament.ts';
import { weightedBitsScore } from '../../scheme/weighted-bits.ts';
import { createPhiloxSource } from '../philox/source.ts';
import type { ForeignMark, Profile } from '../profile.ts';
import { tournamentProcessor } from '../tournament/processor.ts';
import { redrawVllmKey, type VllmAlgorithm, type VllmConfig, vllmConfig, vllmStrength } from './config.ts';
import { contextToMark } from './contexts.ts';
import { vllmSampler } from './sampler.ts';

/** Words from the same stream as those of `vllm-gumbel`. */
export const VLLM_SYNTHID: Profile<VllmConfig> = synthidProfile(
  'vllm-synthid',
  ['synthid', 'synthid_text'],
  0n,
);

/** Words from a stream of their own, named "SYNT". */
export const VLLM_SYNTHID_STREAM: Profile<VllmConfig> = synthidProfile(
  'vllm-synthid-stream',
  ['synthid_text'],
  0x53594e54_00000000n,
);

function synthidProfile(
  name: string,
  algorithms: readonly [VllmAlgorithm, ...VllmAlgorithm[]],
  stream: bigint,
): Profile<VllmConfig> {
  return {
    kind: 'tuples',
    name,
    writtenBy: `vLLM, --watermark-config with algorithm ${algorithms.join(' or ')}`,
    scheme: 'tournament',
    config: vllmConfig({ algorithms }),
    secretFields: ['key'],
    basis: 'law',
    strength: vllmStrength,
    redraw: redrawVllmKey,
    open: (config) => openSynthid(config, stream),
  };
}

function openSynthid(config: VllmConfig, stream: bigint): ForeignMark {
  const { key, context_width: contextWidth, depth } = config;
  const source = createPhiloxSource({ key, contextWidth, stream });
  const tournament = createTournament(depth);

  return {
    source,
    // All layers weigh the same.
    wordScore: weightedBitsScore(new Uint32Array(depth).fill(1)),
    // vLLM writes the smallest finite number for a probability that came to 0; as a logit both mean never.
    startProcessor: (promptLength) =>
      tournamentProcessor({
        source,
        depth,
        contextOf: (tokenIds) => contextToMark(tokenIds, promptLength, config),
      }),
    startSampler: (promptLength, random) =>
      vllmSampler({
        config,
        promptLength,
        random,
        sourceOf: () => source,
        choose: (candidates, words) => tournament.choose({ candidates, words, random }),
      }),
  };
}
