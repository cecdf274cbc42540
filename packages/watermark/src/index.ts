export { WatermarkError, type WatermarkErrorCode } from './errors.ts';
export { jsonStringEnd, parseJsonExactly } from './exact-json.ts';
export { faultInWords } from './fault-in-words.ts';
export { createAdjustedSampler, type LogitAdjustments } from './generation/adjusted-sampler.ts';
export { type GenerateOptions, generateTokens } from './generation/generate-tokens.ts';
export { Generation, type StepCounts, type StepFate } from './generation/generation.ts';
export type { LanguageModel, ModelSequence } from './generation/language-model.ts';
export { createLogitsProcessor, type LogitsProcessor } from './generation/logits-processor.ts';
export { createPlainSampler } from './generation/plain-sampler.ts';
export type { ResponseStarter, SteppedSampler, TokenSampler } from './generation/sampler.ts';
export { type TokenProbabilitiesOptions, tokenProbabilities } from './generation/token-probabilities.ts';
export { type GenerationOptions, Watermarker } from './generation/watermarker.ts';
export { formatKeyFile, type PublicKeyPart, parseKeyFile, WatermarkKey } from './key.ts';
export type { MarkKey, ScoringMark } from './mark-key.ts';
export { checkOptionNames, type OptionNames } from './option-names.ts';
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
export {
  CandidateSelector,
  type CandidateSelectorOptions,
  type SamplingOptions,
} from './sampling/candidate-selector.ts';
export type { Candidates } from './sampling/candidates.ts';
export { createProbabilityReader } from './sampling/probability-reader.ts';
export { seededRandom } from './sampling/random.ts';
export type { SamplingSettings } from './sampling/sampling-settings.ts';
export { DEFAULT_START_BITS, MAX_START_BITS, type Pauses } from './sampling/start-bits.ts';
export { systemRandom } from './sampling/system-random.ts';
export { systemFaultInWords } from './system-fault.ts';
