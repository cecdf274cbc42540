export { type NextTokenMix, nextTokenMix, type TournamentClass } from './next-token-mix.ts';
export {
  detectionPower,
  type PlanOptions,
  type PowerOptions,
  planTokens,
  type TokenPlan,
} from './plan-tokens.ts';
