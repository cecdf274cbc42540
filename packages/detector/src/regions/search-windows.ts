import type { NullLaw } from '@countermark/watermark/scheme';
import { nullTailLog10 } from '../law/law-of.ts';
import { likelySegments } from './likely-segments.ts';
import { type RankedWindow, rankWindows } from './rank-windows.ts';
import type { TupleRange } from './tuple-range.ts';
import { SHORTEST_WINDOW } from './window-grid.ts';

/** A stretch of scored tuples in which some are marked. */
export interface TupleRegion extends TupleRange {
  /** log10 of the corrected p-value of a window that lies within the region. */
  readonly log10PValue: number;
}

/** What a search may be told beside scores and law. */
export interface SearchOptions {
  /** Computes log10 of the p-value of scores `start` to `end − 1`; by default the tail of the law at their sum. Windows are ranked by the law in any case. */
  readonly tailOf?: ((start: number, end: number) => number) | undefined;
  /** Uint32Array `[n]`: repeated tuples before each one, in which a border may lie too; by default none. Not retained. */
  readonly repeats?: Uint32Array | undefined;
}

/** What the windows of a document show. */
export interface WindowSearch {
  /** How many windows there were. */
  readonly windows: number;
  /** log10 of the corrected p-value of the strongest window; 0 if there is none. */
  readonly log10PValue: number;
  /** Disjoint regions whose corrected p-value is at most the level, in the order of the document. */
  readonly regions: readonly TupleRegion[];
}

/**
 * Searches the scored tuples of a document for parts that are marked.
 *
 * H₀ of a region: none of its tuples is marked. The probability that any region is reported without a marked tuple in it
 * is at most alpha / 2, and so is the probability of `log10PValue` ≤ log10 alpha where nothing is marked: p-values are
 * exact tails times the factors of the window grid. The other half of the level is left for a test of the whole document.
 *
 * A stretch that is likely marked is a region if a window within it is significant. A significant window outside of all
 * these is one too, with the likely stretches that it overlaps. Windows are ranked by a bound of their tails, and exact
 * tails are computed in that order: it decides which windows are looked at, never how one is judged. O(n log n) steps.
 *
 * @param scores Float64Array `[n]`, integer scores of the scored tuples, each tuple once. Not retained.
 * @param law    the law of their sums under the null.
 * @param alpha  level, 0 < alpha < 1.
 * @throws {RangeError} if `alpha` is out of range.
 */
export function searchWindows(
  scores: Float64Array,
  law: NullLaw,
  alpha: number,
  { tailOf, repeats }: SearchOptions = {},
): WindowSearch {
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`"alpha" expected 0 < alpha < 1, got ${alpha}`);
  const log10Level = Math.log10(alpha);
  const sums = prefixSums(scores);
  const ranking = rankWindows(sums, law);
  const taken = new Uint8Array(scores.length);
  const regions: TupleRegion[] = [];
  const tail = tailOf ?? ((start, end) => nullTailLog10(law, end - start, sums[end]! - sums[start]!));
  const corrected = ({ range: { start, end }, log10Factor }: RankedWindow): number =>
    Math.min(0, tail(start, end) + log10Factor);
  const strongestWithin = (range: TupleRange): number => {
    const window = ranking.bestWithin(range);
    return window === undefined ? 0 : corrected(window);
  };
  const claim = (region: TupleRegion): void => {
    taken.fill(1, region.start, region.end);
    regions.push(region);
  };

  const segments = likelySegments(scores, law, repeats);
  for (const segment of segments) {
    const log10PValue = strongestWithin(segment);
    if (log10PValue <= log10Level) claim({ ...segment, log10PValue });
  }
  for (const window of ranking.byRank()) {
    if (!isFree(taken, window.range)) continue;
    const log10PValue = corrected(window);
    if (log10PValue > log10Level) break;
    claim({ ...widened(window.range, segments), log10PValue });
  }
  regions.sort((a, b) => a.start - b.start);
  const strongest = strongestWithin({ start: 0, end: scores.length });
  const log10PValue = regions.reduce((least, region) => Math.min(least, region.log10PValue), strongest);
  return { windows: ranking.count, log10PValue, regions };
}

// A segment that a free window overlaps belongs to no region: regions hold whole segments.
function widened({ start, end }: TupleRange, segments: readonly TupleRange[]): TupleRange {
  const overlapped = segments.filter((segment) => segment.start < end && start < segment.end);
  return {
    start: Math.min(start, ...overlapped.map((segment) => segment.start)),
    end: Math.max(end, ...overlapped.map((segment) => segment.end)),
  };
}

// Regions hold a window, so that looking once in every shortest window misses none.
function isFree(taken: Uint8Array, { start, end }: TupleRange): boolean {
  for (let i = start; i < end; i += SHORTEST_WINDOW) if (taken[i] === 1) return false;
  return taken[end - 1] === 0;
}

// Scores are integers, so the sums are exact.
function prefixSums(scores: Float64Array): Float64Array {
  const sums = new Float64Array(scores.length + 1);
  for (let i = 0; i < scores.length; i++) sums[i + 1] = sums[i]! + scores[i]!;
  return sums;
}
