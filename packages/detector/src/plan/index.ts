export { type NextTokenMix, nextTokenMix, type TournamentClass } from './next-token-mix.ts';
export { type AnswerPlan, type AnswerPlanOptions, planAnswer } from './plan-answer.ts';
export {
  detectionPower,
  type PlanOptions,
  type PowerOptions,
  planTokens,
  type TokenPlan,
} from './plan-tokens.ts';
