import { CandidateSelector } from '../sampling/candidate-selector.ts';
import { completeOptions } from '../sampling/sampling-options.ts';
import type { SamplingSettings } from '../sampling/sampling-settings.ts';
import { systemRandom } from '../sampling/system-random.ts';
import type { TokenSampler } from './sampler.ts';

/**
 * Creates a sampler without a mark: the same truncation and draw as a watermarker's unmarked steps.
 *
 * @param vocabSize number of token ids, integer ≥ 1.
 * @param settings  temperature (0 is greedy), top-k and top-p.
 * @param random    yields uniform numbers in (0, 1); by default {@link systemRandom}.
 * @throws {RangeError} if an argument is out of range.
 */
export function createPlainSampler(
  vocabSize: number,
  settings: SamplingSettings = {},
  random: () => number = systemRandom(),
): TokenSampler {
  const selector = new CandidateSelector(vocabSize);
  const { temperature, ...truncation } = settings;
  const greedy = temperature === 0;
  const options = completeOptions(greedy ? truncation : settings, vocabSize);
  return {
    next: (logits) => (greedy ? selector.greedy(logits) : selector.sample(logits, options, random())),
  };
}
