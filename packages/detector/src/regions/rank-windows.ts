import type { NullLaw } from '@countermark/watermark/scheme';
import { lawOf } from '../law/law-of.ts';
import type { TupleRange } from './tuple-range.ts';
import { type WindowScale, windowScales } from './window-grid.ts';

/** A window with the correction of its length. */
export interface RankedWindow {
  readonly range: TupleRange;
  /** log10 of what its p-value is multiplied with. */
  readonly log10Factor: number;
}

/** The windows of a document, ordered by how small their corrected p-values can be at most. */
export interface Ranking {
  /** How many windows there are. */
  readonly count: number;
  /** Yields the windows whose bound is below 1, the smallest bound first. */
  byRank(): Iterable<RankedWindow>;
  /** Returns the window of the smallest bound that lies within a range, if one there is below 1. */
  bestWithin(range: TupleRange): RankedWindow | undefined;
}

/**
 * Ranks the windows of a document by a bound of their corrected p-values; computes no exact tail.
 *
 * @param sums Float64Array `[n + 1]`, sums of the first 0 … n scores. Not retained.
 * @param law  the law of a sum of scores under the null.
 */
export function rankWindows(sums: Float64Array, law: NullLaw): Ranking {
  const scales = windowScales(sums.length - 1);
  const count = scales.reduce((total, scale) => total + scale.count, 0);
  const { tailBound } = lawOf(law);
  const ranks = new Float64Array(count);
  let ranked = 0;
  for (const { length, step, count: starts, firstWindow, log10Factor } of scales) {
    for (let i = 0; i < starts; i++) {
      const sum = sums[i * step + length]! - sums[i * step]!;
      const rank = tailBound(length, sum) * Math.LOG10E + log10Factor;
      ranks[firstWindow + i] = rank;
      if (rank < 0) ranked++;
    }
  }
  return {
    count,
    *byRank() {
      const order = new Uint32Array(ranked);
      for (let window = 0, i = 0; window < count; window++) if (ranks[window]! < 0) order[i++] = window;
      order.sort((a, b) => ranks[a]! - ranks[b]!);
      for (const window of order) {
        const scale = scales.findLast(({ firstWindow }) => firstWindow <= window)!;
        yield windowOf(scale, window - scale.firstWindow);
      }
    },
    bestWithin({ start, end }) {
      let best: RankedWindow | undefined;
      let bestRank = 0;
      for (const scale of scales) {
        const { length, step, firstWindow } = scale;
        for (let i = Math.ceil(start / step); i * step + length <= end; i++) {
          const rank = ranks[firstWindow + i]!;
          if (rank >= bestRank) continue;
          bestRank = rank;
          best = windowOf(scale, i);
        }
      }
      return best;
    },
  };
}

function windowOf({ length, step, log10Factor }: WindowScale, index: number): RankedWindow {
  return { range: { start: index * step, end: index * step + length }, log10Factor };
}
