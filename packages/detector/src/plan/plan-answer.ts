import { MAX_START_BITS } from '@countermark/watermark/scheme';
import { detectionPower, type PlanOptions, planTokens, type TokenPlan } from './plan-tokens.ts';

/** One answer that is to be detected. */
export interface AnswerPlanOptions extends PlanOptions {
  /** Share of contexts that all accounts' mark takes, 0 < commonShare ≤ 1. */
  readonly commonShare: number;
  /** Tokens of context, integer ≥ 1. */
  readonly contextWidth: number;
  /** Bits of its own that the answer spends before it is marked, 0 … 64. */
  readonly startBits: number;
}

/** How long it must be. */
export interface AnswerPlan extends TokenPlan {
  /** Tokens of the answer, if no context comes twice. */
  readonly tokens: number;
  /** Tokens before the first that may be marked, about. */
  readonly startTokens: number;
}

/**
 * Computes about how long an answer must be: docs/statistics.md, section 13.
 *
 * An answer spends its start bits in startBits · ln 2 / entropy tokens, not fewer than its first context takes. Those behind the first context are scored and
 * not marked, so the marked share of all that is scored is smaller the shorter the answer is.
 *
 * @throws {RangeError} if an option is out of range, or more than 10 million tuples are needed.
 */
export function planAnswer(options: AnswerPlanOptions): AnswerPlan {
  const { commonShare, contextWidth, startBits, share = 1, entropy } = options;
  if (!(commonShare > 0 && commonShare <= 1)) {
    throw new RangeError(`"commonShare" expected 0 < commonShare <= 1, got ${commonShare}`);
  }
  if (!(startBits >= 0 && startBits <= MAX_START_BITS)) {
    throw new RangeError(`"startBits" expected a number from 0 to ${MAX_START_BITS}, got ${startBits}`);
  }
  const startTokens = Math.max(contextWidth, Math.ceil((startBits * Math.LN2) / entropy));
  const unmarked = commonShare * (startTokens - contextWidth);
  const optionsAt = (n: number): PlanOptions => ({ ...options, share: share * (1 - unmarked / n) });
  const isShort = (n: number): boolean => planTokens(optionsAt(n)).scored > n;
  // The longer the answer, the larger its marked share and the fewer tuples that takes: the least number that is enough for itself.
  let low = Math.max(planTokens(options).scored, Math.floor(unmarked) + 1) - 1;
  let high = low + 1;
  while (isShort(high)) [low, high] = [high, 2 * high];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isShort(middle)) low = middle;
    else high = middle;
  }
  const power = detectionPower(optionsAt(high), high);
  return { scored: high, power, tokens: contextWidth + Math.ceil(high / commonShare), startTokens };
}
