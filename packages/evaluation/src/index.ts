export type { Answer } from './answers/answer.ts';
export { type AnswerRequest, generateAnswer } from './answers/generate-answer.ts';
export { neverEnding } from './answers/never-ending.ts';
export type {
  Attack,
  AttackedText,
  AttackResources,
  AttackTools,
  ReadAs as Reading,
} from './attacks/attack.ts';
export { ATTACKS } from './attacks/attacks.ts';
export { unmarkedText } from './attacks/unmarked-text.ts';
export {
  type AttackEvaluation,
  type AttackPlan,
  type AttackRow,
  type EvaluationProgress,
  evaluateAttacks,
  type Trial,
} from './evaluate/evaluate-attacks.ts';
export type { EvaluationOptions } from './evaluate/open-detectors.ts';
export type { Outcome } from './evaluate/outcome.ts';
export { type AttackChoice, type AttackPlans, planAttacks } from './evaluate/plan-attacks.ts';
export {
  type BootstrapOptions,
  type Comparison,
  compareClusters,
  type Estimate,
} from './quality/bootstrap.ts';
export {
  type AnswerCluster,
  compareQuality,
  type Quality,
  type QualityOptions,
} from './quality/compare-quality.ts';
export {
  compareVariety,
  type MarkedKind,
  quantileOf,
  type VarietyCluster,
  type VarietyComparison,
  type VarietyFigure,
} from './quality/compare-variety.ts';
export { distinctGrams, selfOverlap } from './quality/diversity.ts';
export { measureVariety, type Variety } from './quality/variety.ts';
export { openWordNet } from './wordnet/open-word-net.ts';
export type { SynonymSource } from './wordnet/synonym-source.ts';
