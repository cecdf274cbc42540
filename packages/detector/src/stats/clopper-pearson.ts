/**
 * Exact confidence interval of a probability. Source: Clopper and Pearson, Biometrika 26 (1934), through exact binomial
 * tails.
 */
import { binomialTailLog10 } from './binomial-tail.ts';
import { errUpwards } from './err-upwards.ts';

/** A range that holds a quantity with at least the stated confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

const UNITS: number = 2 ** 32;

/**
 * Computes the probabilities that a number of successes does not contradict.
 *
 * Tails err upwards, and both ends are rounded outwards to multiples of 2^-32, so the coverage is at least `confidence` for every probability.
 *
 * @param trials     independent trials, integer ≥ 1.
 * @param successes  of them, integer in 0 … `trials`.
 * @param confidence 0 < confidence < 1 (default 0.95); half of the rest on either side.
 * @throws {RangeError} if an argument is out of range.
 */
export function clopperPearson(trials: number, successes: number, confidence = 0.95): Interval {
  if (!(Number.isInteger(trials) && trials >= 1)) {
    throw new RangeError(`"trials" expected an integer >= 1, got ${trials}`);
  }
  if (!(Number.isInteger(successes) && successes >= 0 && successes <= trials)) {
    throw new RangeError(`"successes" expected an integer in 0 … ${trials}, got ${successes}`);
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`"confidence" expected 0 < confidence < 1, got ${confidence}`);
  }
  const log10Side = Math.log10((1 - confidence) / 2);
  return {
    low: lowerEnd(trials, successes, log10Side),
    high: 1 - lowerEnd(trials, trials - successes, log10Side),
  };
}

// The largest q, in units, with P(Bin(trials, q) ≥ successes) ≤ side; 0 if even the smallest has more.
function lowerEnd(trials: number, successes: number, log10Side: number): number {
  let low = 0;
  let high = UNITS;
  if (successes === 0) return 0;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (errUpwards(binomialTailLog10(trials, successes, middle)) <= log10Side) low = middle;
    else high = middle;
  }
  return low / UNITS;
}
