/** Confidence intervals by resampling. Source: Efron and Tibshirani 1993, chapter 13 (percentile intervals). */
import type { Interval } from '@countermark/detector/stats';

/** A mean over clusters with an interval. */
export interface Estimate extends Interval {
  readonly value: number;
}

/** Figures of marked and unmarked answers, cluster by cluster, and of their difference. */
export interface Comparison {
  readonly marked: Estimate;
  readonly unmarked: Estimate;
  /** Marked less unmarked. */
  readonly difference: Estimate;
}

/** How intervals are made. */
export interface BootstrapOptions {
  /** Yields uniform numbers in (0, 1). */
  readonly random: () => number;
  /** Resamples, integer ≥ 100 (default 2,000). */
  readonly resamples?: number;
}

const SIDE = 0.025;

/**
 * Compares means over clusters, with 95 % percentile intervals of the cluster bootstrap: whole clusters are drawn with
 * replacement, the marked and the unmarked figure of one together. Intervals of few clusters are too narrow.
 *
 * @param marked   `[clusters]`, one figure each.
 * @param unmarked `[clusters]`.
 * @throws {RangeError} if there are fewer than two clusters, lengths differ or an option is out of range.
 */
export function compareClusters(
  marked: readonly number[],
  unmarked: readonly number[],
  { random, resamples = 2000 }: BootstrapOptions,
): Comparison {
  const clusters = marked.length;
  if (clusters < 2 || unmarked.length !== clusters) {
    throw new RangeError(
      `"marked" and "unmarked" expected figures of the same clusters, at least two, got ${clusters} and ${unmarked.length}`,
    );
  }
  if (!(Number.isInteger(resamples) && resamples >= 100)) {
    throw new RangeError(`"resamples" expected an integer >= 100, got ${resamples}`);
  }
  const draws = Array.from({ length: resamples }, () => {
    const drawn = Array.from({ length: clusters }, () => Math.floor(clusters * random()));
    const of = (values: readonly number[]): number => mean(drawn.map((i) => values[i] as number));
    return { marked: of(marked), unmarked: of(unmarked) };
  });
  return {
    marked: estimate(
      mean(marked),
      draws.map((draw) => draw.marked),
    ),
    unmarked: estimate(
      mean(unmarked),
      draws.map((draw) => draw.unmarked),
    ),
    difference: estimate(
      mean(marked) - mean(unmarked),
      draws.map((draw) => draw.marked - draw.unmarked),
    ),
  };
}

function estimate(value: number, draws: readonly number[]): Estimate {
  const sorted = draws.toSorted((a, b) => a - b);
  const beyond = Math.floor(SIDE * sorted.length);
  return {
    value,
    low: sorted[beyond] as number,
    high: sorted[sorted.length - 1 - beyond] as number,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
