import { createScheme, type Scheme, type SchemeParams } from '@countermark/watermark/scheme';
import { nullTailLog10 } from '../law/law-of.ts';
import { greenListPower, greenShare } from './green-list-power.ts';
import { gumbelPower } from './gumbel-power.ts';
import { nextTokenMix } from './next-token-mix.ts';
import { tournamentPower } from './tournament-power.ts';

/** What a text is like, and how it is tested. */
export interface PowerOptions {
  readonly scheme: SchemeParams;
  /** Mean entropy of the model's next token, nats. */
  readonly entropy: number;
  /** Share of the scored tuples that are marked, 0 < share ≤ 1 (default 1). */
  readonly share?: number;
  /** Level of the test, 0 < alpha < 1 (default 1e-6). */
  readonly alpha?: number;
}

/** What is asked of the test beside. */
export interface PlanOptions extends PowerOptions {
  /** Probability of detection that is asked for, 0 < power < 1 (default 0.9). */
  readonly power?: number;
  /** The detector's least number of scored tuples, integer ≥ 20 (default 50). */
  readonly minTokens?: number;
}

/** How many scored tuples it takes. */
export interface TokenPlan {
  /** The least number of scored tuples from which on the test has the power. */
  readonly scored: number;
  /** The power at that number. */
  readonly power: number;
}

/** Fewer tuples than this are not planned for: the inversion of a transform ends early only for many factors. */
const LEAST_SCORED = 20;

/** Plans of more tuples are refused: the text carries next to no mark. */
const MOST_SCORED = 10_000_000;

/** A power that held for so many periods of the saw has been reached for good. */
const PERIODS = 4;

/**
 * Computes the probability that a text is detected, from its number of unique common-slot tuples.
 *
 * The threshold is the exact one of the level. The power is that of n independent tuples, each marked with probability
 * `share` and of the next-token distributions of {@link nextTokenMix}: exact for `gumbel`; for `green-list` with a bound from
 * below of the green share; for `tournament` with bits that are independent within a class of steps.
 *
 * @param options see {@link PowerOptions}.
 * @param scored  number of tuples n, integer in 20 … 10 million.
 * @throws {RangeError} if an argument is out of range.
 */
export function detectionPower(options: PowerOptions, scored: number): number {
  if (!(Number.isInteger(scored) && scored >= LEAST_SCORED && scored <= MOST_SCORED)) {
    throw new RangeError(`"scored" expected an integer in ${LEAST_SCORED} … ${MOST_SCORED}, got ${scored}`);
  }
  return powerFunction(options)(scored);
}

/**
 * Computes how many unique common-slot tuples a detection takes; {@link detectionPower} says in which model.
 *
 * @throws {RangeError} if an option is out of range, or more than 10 million tuples are needed.
 */
export function planTokens(options: PlanOptions): TokenPlan {
  const { power = 0.9, minTokens = 50 } = options;
  if (!(power > 0 && power < 1)) throw new RangeError(`"power" expected 0 < power < 1, got ${power}`);
  if (!(Number.isInteger(minTokens) && minTokens >= LEAST_SCORED)) {
    throw new RangeError(`"minTokens" expected an integer >= ${LEAST_SCORED}, got ${minTokens}`);
  }
  const powerAt = powerFunction(options);
  const scored = leastFrom(minTokens, periodOf(options.scheme), (n) => powerAt(n) >= power);
  return { scored, power: powerAt(scored) };
}

function powerFunction(options: PowerOptions): (n: number) => number {
  const { scheme: params, entropy, share = 1, alpha = 1e-6 } = options;
  if (!(share > 0 && share <= 1)) throw new RangeError(`"share" expected 0 < share <= 1, got ${share}`);
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`"alpha" expected 0 < alpha < 1, got ${alpha}`);
  const mix = nextTokenMix(entropy);
  const log10Alpha = Math.log10(alpha);
  const scheme = createScheme(params);
  const law = scheme.nullLaw;
  switch (law.kind) {
    case 'gamma':
      // Each score is rounded down by less than 1.
      return (n) => gumbelPower(mix, share, n, (thresholdOf(scheme, n, log10Alpha) + n) / law.scale);
    case 'binomial': {
      const green = greenShare(mix, scheme.nullMean, params.kind === 'green-list' ? params.delta : 0);
      const probability = (1 - share) * scheme.nullMean + share * green;
      return (n) => greenListPower(probability, n, thresholdOf(scheme, n, log10Alpha));
    }
    case 'weighted-bits':
      return (n) => tournamentPower(law.weights, mix, share, n, thresholdOf(scheme, n, log10Alpha));
  }
}

// Sums of continuous or finely graded scores have no saw to speak of. A green share below 1/1000 would have a long one, and
// is looked at for a part of it.
function periodOf(params: SchemeParams): number {
  return params.kind === 'green-list' ? Math.min(1000, Math.ceil(1 / params.gamma)) : 0;
}

/** The least integer sum of n scores whose p-value is at most the level. */
function thresholdOf({ nullLaw, nullMean, nullDeviation }: Scheme, n: number, log10Alpha: number): number {
  let low = 0;
  let high = Math.ceil(n * nullMean + 6 * Math.sqrt(n) * nullDeviation) + 1;
  while (nullTailLog10(nullLaw, n, high) > log10Alpha) [low, high] = [high, 2 * high];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (nullTailLog10(nullLaw, n, middle) > log10Alpha) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * The least n from which on the power is reached.
 *
 * @param period a count's power is a saw: it rises, and steps down whenever the threshold rises, about every so many tuples.
 */
function leastFrom(least: number, period: number, reaches: (n: number) => boolean): number {
  let low = least - 1;
  let high = least;
  while (!reaches(high)) {
    [low, high] = [high, 2 * high];
    if (high > MOST_SCORED) {
      throw new RangeError(
        `"share" and "entropy" expected a plan of at most ${MOST_SCORED} tuples, got one of more`,
      );
    }
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (reaches(middle)) high = middle;
    else low = middle;
  }
  for (let n = high + 1; n <= high + PERIODS * period; n++) if (!reaches(n)) high = n + 1;
  return high;
}
