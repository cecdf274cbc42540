/** Ports of other people's watermarks: docs/interop.md. */

export type { Basis, KeyStrength, LayeredKeys, PermutationTest } from '../mark-key.ts';
export { EXP_EDIT, startExpEdit } from './exp-edit/exp-edit.ts';
export type { ExpEditConfig } from './exp-edit/permutation-test.ts';
export {
  ForeignKey,
  type ForeignKeyOptions,
  type ForeignParams,
  noTokenizer,
  type PublicForeignKeyPart,
} from './foreign-key.ts';
export { FOREIGN_KEY_TYPE, formatForeignKeyFile, parseForeignKeyFile } from './foreign-key-file.ts';
export { type ForeignGenerationOptions, ForeignWatermarker } from './foreign-watermarker.ts';
export { parseMarkKeyFile } from './key-files.ts';
export { SHARED_SLOT } from './key-strength.ts';
export { KGW_HF, type KgwHfConfig } from './kgw/hf.ts';
export { KGW, type KgwConfig } from './kgw/kgw.ts';
export type {
  AnyProfile,
  ForeignMark,
  MarkProcessor,
  MarkSampler,
  MarkSource,
  PermutationProfile,
  Profile,
} from './profile.ts';
export { PROFILES, profileNamed, profilesNamed } from './profiles.ts';
export { type RecognizedConfig, recognizeConfig } from './recognize-config.ts';
export { SYNTHID_HF, type SynthIdHfConfig } from './synthid/hf.ts';
export { type BayesianWeights, bayesianPosterior } from './synthid/posterior.ts';
export {
  type ContextMaskOptions,
  contextRepetitionMask,
  endOfTextMask,
  meanGValue,
  weightedMeanGValue,
} from './synthid/scores.ts';
export { SYNTHID_TEXT, type SynthIdTextConfig } from './synthid/text.ts';
export { TEXTSEAL_GREEN_LIST, TEXTSEAL_GUMBEL, TEXTSEAL_SYNTHID } from './textseal/textseal.ts';
export {
  THREE_BRICKS_GREEN_LIST,
  THREE_BRICKS_GUMBEL,
  type ThreeBricksMark,
} from './three-bricks/three-bricks.ts';
export { GreenLists, type GreenPart } from './torch/green-lists.ts';
export { TorchRandom } from './torch/random.ts';
