export { WatermarkError, type WatermarkErrorCode } from '../errors.ts';
export { formatKeyFile, type PublicKeyPart, parseKeyFile, WatermarkKey } from '../key.ts';
export type {
  Basis,
  KeyStrength,
  LayeredKeys,
  MarkKey,
  PermutationTest,
  ScoreFamily,
  ScoringMark,
  ScoringSource,
  ShiftedLayers,
} from '../mark-key.ts';
export {
  canonicalJson,
  canonicalParams,
  createParams,
  DEFAULT_PARAMS,
  paramsFingerprint,
  parseParams,
  type SchemeParams,
  type TokenizerParams,
  TWO_32,
  type WatermarkParams,
} from '../params.ts';
export {
  type AccountCodes,
  type AccountCodesOptions,
  CODE_BLOCK_SYMBOLS,
  createAccountCodes,
} from '../prf/account-codes.ts';
export { accountCode } from '../prf/blake3.ts';
export { deriveDecoySeed, openDecoyBytes } from '../prf/decoy-seed.ts';
export {
  createWordSource,
  HEADER_WORDS,
  type KeyedWordSource,
  type WordSource,
  type WordSourceOptions,
} from '../prf/word-source.ts';
export { MAX_START_BITS } from '../sampling/start-bits.ts';
export { createScheme } from './create-scheme.ts';
export type { NullLaw, SchemeLaw } from './null-law.ts';
export type { Scheme, Step, WordScore } from './scheme.ts';
export { type Slot, type SlotLimits, slotLimits, slotOf } from './slots.ts';
