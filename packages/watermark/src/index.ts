export { WatermarkError, type WatermarkErrorCode } from './errors.ts';
export { type GenerateOptions, generateTokens } from './generate-tokens.ts';
export { Generation, type StepCounts } from './generation.ts';
export { formatKeyFile, type PublicKeyPart, parseKeyFile, WatermarkKey } from './key.ts';
export type { LanguageModel, ModelSequence } from './language-model.ts';
export { createLogitsProcessor, type LogitsProcessor } from './logits-processor.ts';
export type { MarkKey, ScoringMark } from './mark-key.ts';
export {
  createParams,
  DEFAULT_PARAMS,
  paramsFingerprint,
  parseParams,
  type SchemeParams,
  SHARE_PRESETS,
  type TokenizerParams,
  type WatermarkParams,
} from './params.ts';
export { createPlainSampler } from './plain-sampler.ts';
export type { ResponseStarter, SteppedSampler, TokenSampler } from './sampler.ts';
export {
  CandidateSelector,
  type CandidateSelectorOptions,
  type Candidates,
  type SamplingOptions,
} from './sampling/candidates.ts';
export { plainSample } from './sampling/plain-sample.ts';
export { createProbabilityReader } from './sampling/probability-reader.ts';
export { seededRandom } from './sampling/random.ts';
export type { SamplingSettings } from './sampling-settings.ts';
export { DEFAULT_START_BITS, MAX_START_BITS, type Pauses } from './start-bits.ts';
export { systemRandom } from './system-random.ts';
export { type TokenProbabilitiesOptions, tokenProbabilities } from './token-probabilities.ts';
export { type GenerationOptions, Watermarker } from './watermarker.ts';
