/** Times work in turns, so that a noisy machine disturbs what is compared alike. */

/** One thing to time; returns how many units of work it did. */
export type Work = () => number;

/** Timed by {@link measure}: the median rate. */
export interface Rate {
  /** Units a second. */
  readonly perSecond: number;
  /** Seconds a unit. */
  readonly seconds: number;
  /** Seconds a unit in each round, in order. */
  readonly rounds: readonly number[];
}

/** Whether it is only to be shown that every row can be measured: what is measured is not worth reading. */
export const SMOKE: boolean = process.argv.includes('--smoke');
const ROUNDS = SMOKE ? 1 : 15;
const WARM_UP_MS = SMOKE ? 0 : 300;
const ROUND_MS = SMOKE ? 0 : 60;

/**
 * Measures several things in turns and returns the median of each.
 *
 * @param works    what to time; each runs long enough in a round to be measured.
 * @param rounds   rounds after the warm-up.
 * @param roundMs  least time of one thing in one round.
 */
export function measure<Name extends string>(
  works: Readonly<Record<Name, Work>>,
  rounds: number = ROUNDS,
  roundMs: number = ROUND_MS,
): Record<Name, Rate> {
  const names = Object.keys(works) as Name[];
  for (const name of names) run(works[name], WARM_UP_MS);
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) samples.get(name)?.push(run(works[name], roundMs));
  }
  const rates = names.map((name) => {
    const own = samples.get(name) ?? [];
    const seconds = median(own);
    return [name, { seconds, perSecond: 1 / seconds, rounds: own }];
  });
  return Object.fromEntries(rates);
}

/** Returns how many times as long `a` took as `b`: the median of the rounds' own ratios, which drift together. */
export function timesAsLong(a: Rate, b: Rate): number {
  return median(a.rounds.map((seconds, round) => seconds / b.rounds[round]!));
}

/** Returns the seconds that `a` took beyond `b`, a unit: the median of the rounds' own differences. */
export function secondsBeyond(a: Rate, b: Rate): number {
  return median(a.rounds.map((seconds, round) => seconds - b.rounds[round]!));
}

/** Returns the middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

// Seconds a unit.
function run(work: Work, leastMs: number): number {
  const started = performance.now();
  let units = 0;
  let elapsed = 0;
  do {
    units += work();
    elapsed = performance.now() - started;
  } while (elapsed < leastMs);
  return elapsed / 1000 / units;
}
