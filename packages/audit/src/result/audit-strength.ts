import type { AuditTally } from '../score/audit-tally.ts';

/** How strong a trace is, and how strong one would have been found: by how many standard deviations of a score a token drawn scores more than by chance, on average. */
export interface TraceStrength {
  /** With 95 % confidence the trace is at least as strong; 0 where nothing can be said. */
  readonly atLeast: number;
  /** A trace of this strength is found in 95 of 100 audits of this size; undefined where none is. */
  readonly findable: number | undefined;
}

const CONFIDENCE = 0.95;
/** Most bisections of a tilt, which end earlier where it is known to a part in 4,096. */
const STEPS = 40;
const MOST_TILT = 16;

/**
 * Computes the bounds in the family of laws in which every word leans to the mark by one tilt, in proportion to its weight and score: docs/statistics.md, section 19.5.
 *
 * @param tally of words whose weights do not depend on them.
 * @param alpha the level that the audit's p-value is compared with.
 */
export function traceStrength(tally: AuditTally, alpha: number): TraceStrength {
  const { soft } = tally;
  const excess = (tilt: number | undefined): number | undefined =>
    tilt === undefined ? undefined : (soft.meanAt(tilt) - soft.mean) / soft.deviation;
  const sum = tally.sum();
  const threshold = leastSum(tally, Math.log10(alpha));
  return {
    atLeast: excess(leastTilt(tally, sum, 1 - CONFIDENCE)) ?? 0,
    findable: threshold === undefined ? undefined : excess(leastTilt(tally, threshold, CONFIDENCE)),
  };
}

/** The least tilt under which a sum is reached with a probability: the larger the tilt, the likelier it is. */
function leastTilt(tally: AuditTally, sum: number, probability: number): number | undefined {
  const isReached = (tilt: number): boolean => tally.tailLog10(sum, tilt) >= Math.log10(probability);
  if (isReached(0)) return 0;
  let low = 0;
  let high = 2 ** -10;
  while (!isReached(high)) {
    low = high;
    high *= 2;
    if (high > MOST_TILT) return undefined;
  }
  for (let step = 0; step < STEPS && high - low > high / 2 ** 12; step++) {
    const middle = (low + high) / 2;
    if (isReached(middle)) high = middle;
    else low = middle;
  }
  // Of a lower bound the safe side is below, of what can be found above.
  return probability < 0.5 ? low : high;
}

/** The least sum whose p-value is at most 10^`log10Level`; undefined if no sum's is. */
function leastSum(tally: AuditTally, log10Level: number): number | undefined {
  const { minimum, maximum } = tally.range();
  if (tally.tailLog10(maximum) > log10Level) return undefined;
  let low = minimum;
  let high = maximum;
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (tally.tailLog10(middle) <= log10Level) high = middle;
    else low = middle;
  }
  return high;
}
