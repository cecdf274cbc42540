import type { Region, Span } from './region.ts';
import type { ScoredDocument } from './scored-document.ts';
import { searchWindows, type TupleRegion } from './search-windows.ts';
import { joinWholeAndWindows } from './strongest-window.ts';
import type { TupleRange } from './tuple-range.ts';

/** What the search of one document under one key shows. */
export interface RegionSearch {
  /** How many windows were searched. */
  readonly windows: number;
  /** log10 of the p-value of the whole document and all windows together. */
  readonly log10PValue: number;
  /** Disjoint regions in the order of the document. */
  readonly regions: readonly Region[];
}

/**
 * Tests a document and all of its windows, and locates the marked parts.
 *
 * @param log10Whole   log10 of the p-value of the whole document.
 * @param alpha        level of the document and its regions together, under this key and all others.
 * @param keys         how many keys are tried; p-values of regions are multiplied with it.
 * @param tailOf       computes log10 of the p-value of scored tuples `start` to `end − 1`; by default the law's tail.
 */
export function locateRegions(
  document: ScoredDocument,
  log10Whole: number,
  alpha: number,
  keys: number,
  tailOf?: (start: number, end: number) => number,
): RegionSearch {
  const { scores, repeats, nullLaw } = document;
  // A share of the least level that there is rounds to none.
  const share = Math.max(alpha / keys, Number.MIN_VALUE);
  const { windows, log10PValue, regions } = searchWindows(scores, nullLaw, share, { tailOf, repeats });
  return {
    windows,
    log10PValue: joinWholeAndWindows(log10Whole, { windows, log10PValue }),
    regions: mergeTouching(regions, document).map((region) => toTokens(region, document, keys)),
  };
}

// The context of a region's first scored token may reach into the region before it.
function mergeTouching(regions: readonly TupleRegion[], document: ScoredDocument): TupleRegion[] {
  const merged: TupleRegion[] = [];
  for (const region of regions) {
    const last = merged.at(-1);
    if (last === undefined || tokensOf(region, document).start > tokensOf(last, document).end) {
      merged.push(region);
    } else {
      const log10PValue = Math.min(last.log10PValue, region.log10PValue);
      merged[merged.length - 1] = { start: last.start, end: region.end, log10PValue };
    }
  }
  return merged;
}

function toTokens(region: TupleRegion, document: ScoredDocument, keys: number): Region {
  return {
    tokens: tokensOf(region, document),
    scored: region.end - region.start,
    log10PValue: Math.min(0, region.log10PValue + Math.log10(keys)),
  };
}

function tokensOf({ start, end }: TupleRange, { positions, contextWidth }: ScoredDocument): Span {
  return { start: positions[start]! - contextWidth, end: positions[end - 1]! + 1 };
}
