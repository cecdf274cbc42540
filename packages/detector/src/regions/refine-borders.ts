/**
 * Likely borders of a marked stretch around a window that was found.
 * Source: maximal segments of log-likelihood ratios (Karlin and Altschul 1990); their extension until the sum has fallen by
 * a fixed amount is that of BLAST (Altschul et al. 1997).
 */
import type { TiltedScore } from './tilted-score.ts';

/** Tuples `start` … `end` − 1 of a document. */
export interface TupleRange {
  readonly start: number;
  readonly end: number;
}

/** What borders are sought in. */
export interface BorderSearch {
  /** Float64Array `[n]`, integer scores of the scored tuples. Not changed. */
  readonly scores: Float64Array;
  /** Uint8Array `[n]`, 1 where an earlier region is: borders stop before it. Not changed. */
  readonly taken: Uint8Array;
  /** What one score says for a mark. */
  readonly tilted: TiltedScore;
}

/**
 * Finds the most likely marked stretch that overlaps a window.
 *
 * The likeliest part of the window is extended on both sides to where the summed log-likelihood ratio is largest. The
 * search ends once the sum has fallen 2 ln n below that: a gap that speaks as much against a mark is worth the two
 * borders, each one of n places, of a region of its own.
 *
 * @param search {@link BorderSearch}.
 * @param window holds no taken tuple, and a mean score above the one that breaks even.
 */
export function refineBorders(search: BorderSearch, window: TupleRange): TupleRange {
  const { scores, tilted } = search;
  const drop = (2 * Math.log(scores.length)) / tilted.slope;
  const core = likeliestPart(search, window, drop);
  return {
    start: core.start - extension(search, core.start - 1, -1, drop),
    end: core.end + extension(search, core.end, 1, drop),
  };
}

function likeliestPart({ scores, tilted }: BorderSearch, window: TupleRange, drop: number): TupleRange {
  let best: TupleRange = window;
  let bestSum = 0;
  let start = window.start;
  let sum = 0;
  let peak = 0;
  for (let i = window.start; i < window.end; i++) {
    sum += scores[i]! - tilted.breakEven;
    if (sum <= 0 || sum < peak - drop) {
      start = i + 1;
      sum = 0;
      peak = 0;
    } else if (sum > peak) {
      peak = sum;
      if (sum > bestSum) {
        bestSum = sum;
        best = { start, end: i + 1 };
      }
    }
  }
  return best;
}

// How many tuples from `from` on, in one direction, belong to the stretch.
function extension(
  { scores, taken, tilted }: BorderSearch,
  from: number,
  direction: 1 | -1,
  drop: number,
): number {
  let sum = 0;
  let peak = 0;
  let length = 0;
  for (let i = from; i >= 0 && i < scores.length && taken[i] === 0; i += direction) {
    sum += scores[i]! - tilted.breakEven;
    if (sum > peak) {
      peak = sum;
      length = direction * (i - from) + 1;
    } else if (sum < peak - drop) break;
  }
  return length;
}
