import type { Candidates } from '../../sampling/candidates.ts';
import { plainSample } from '../../sampling/plain-sample.ts';
import type { MarkSampler, MarkSource } from '../profile.ts';
import type { VllmConfig } from './config.ts';
import { contextToMark } from './contexts.ts';

/** How a marked token is chosen. */
export interface VllmChoice {
  readonly config: VllmConfig;
  /** Tokens of the prompt. */
  readonly promptLength: number;
  /** Fresh uniform numbers in (0, 1). */
  readonly random: () => number;
  /** Returns whose words this step takes. */
  sourceOf(): MarkSource;
  /** Returns the id of the token; `words` are the candidates'. */
  choose(candidates: Candidates, words: Uint32Array): number;
}

/** Starts a response whose tokens are chosen by their words where vLLM marks, and plainly elsewhere. */
export function vllmSampler({ config, promptLength, random, sourceOf, choose }: VllmChoice): MarkSampler {
  return {
    choose(tokenIds, candidates) {
      const context = contextToMark(tokenIds, promptLength, config);
      if (context === undefined) return plainSample(candidates, random());
      const words = new Uint32Array(candidates.count);
      sourceOf().candidateWords(context, candidates.tokenIds.subarray(0, candidates.count), 0, words);
      return choose(candidates, words);
    },
  };
}
