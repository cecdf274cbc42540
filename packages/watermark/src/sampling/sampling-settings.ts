import type { SamplingOptions } from './sampling-options.ts';

/** Sampling options in which temperature 0 stands for greedy decoding. */
export interface SamplingSettings extends Omit<SamplingOptions, 'maxCandidates'> {
  /** Divides the logits; 0 decodes greedily (default 1). */
  readonly temperature?: number;
}
