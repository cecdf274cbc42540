import { searchWindows } from '@countermark/detector/internal';
import { seededRandom } from '@countermark/watermark';
import { createScheme, type Scheme, TWO_32 } from '@countermark/watermark/scheme';
import { describe, expect, it } from 'vitest';
import { SCHEMES } from '../support/random-key.ts';
import { naiveWindows } from './naive-windows.ts';

// 4.9 standard errors: two-sided 1e-6 for a normal deviate.
const DEVIATIONS = 4.9;

type Marked = readonly [start: number, end: number];

/** Scores of n tuples, those in `marked` of the best of `choices` words: what a mark makes of that many equal candidates. */
function scoresOf(
  scheme: Scheme,
  random: () => number,
  n: number,
  marked: readonly Marked[] = [],
  choices = 8,
): Float64Array {
  const draw = (): number => scheme.score(Math.floor(TWO_32 * random()));
  return Float64Array.from({ length: n }, (_, i) => {
    if (!marked.some(([start, end]) => start <= i && i < end)) return draw();
    return Math.max(...Array.from({ length: choices }, draw));
  });
}

function share(values: readonly number[], alpha: number): number {
  return values.filter((value) => value <= Math.log10(alpha)).length / values.length;
}

function allowance(alpha: number, count: number): number {
  return DEVIATIONS * Math.sqrt((alpha * (1 - alpha)) / count);
}

const isCovered = ({ start, end }: { start: number; end: number }, marked: readonly Marked[]): boolean =>
  marked.some(([from, to]) => start < to && from < end);

describe.each(SCHEMES)('searchWindows under $kind', (params) => {
  const scheme = createScheme(params);
  const { nullLaw } = scheme;

  it('searches windows whose factors use up half of the level, and gives the strongest', () => {
    const random = seededRandom(1);
    for (const n of [16, 50, 333, 1000]) {
      const half = Math.floor(n / 2);
      const scores = scoresOf(scheme, random, n, [[half, half + Math.min(100, half)]]);
      const naive = naiveWindows(scores, nullLaw);
      // Each of at most a thousand additions may round once.
      expect(naive.reduce((sum, { factor }) => sum + 1 / factor, 0)).toBeCloseTo(0.5, 12);
      const least = Math.min(0, ...naive.map(({ log10Tail, factor }) => log10Tail + Math.log10(factor)));
      const found = searchWindows(scores, nullLaw, 1e-3);
      expect(found.windows).toBe(naive.length);
      expect(found.log10PValue).toBeGreaterThanOrEqual(least - 1e-9);
      // Windows are ranked by bounds, which are within a factor of ten of the tails' own order.
      expect(found.log10PValue).toBeLessThanOrEqual(least + 1);
    }
  });

  it('claims each region on a window inside it, and returns them apart and in order', () => {
    const marked: Marked[] = [
      [100, 220],
      [500, 560],
      [900, 1400],
    ];
    const scores = scoresOf(scheme, seededRandom(2), 2000, marked);
    const naive = naiveWindows(scores, nullLaw);
    const { regions } = searchWindows(scores, nullLaw, 1e-4);
    expect(regions).toHaveLength(marked.length);
    let last = 0;
    for (const [i, { start, end, log10PValue }] of regions.entries()) {
      expect(start).toBeGreaterThanOrEqual(last);
      last = end;
      expect(log10PValue).toBeLessThanOrEqual(-4);
      const inside = naive.filter((window) => window.start >= start && window.end <= end);
      const values = inside.map(({ log10Tail, factor }) => log10Tail + Math.log10(factor));
      expect(values.some((value) => Math.abs(value - log10PValue) < 1e-9)).toBe(true);
      // A tuple that is the best of eight words speaks for the mark with half a nat or more, so that twenty on the wrong
      // side of a border are improbable.
      expect(Math.abs(start - marked[i]![0])).toBeLessThan(20);
      expect(Math.abs(end - marked[i]![1])).toBeLessThan(20);
    }
  });

  it('tells many short stretches apart, although long windows are stronger than any of them', () => {
    const marked: Marked[] = Array.from({ length: 12 }, (_, i) => [400 * i + 100, 400 * i + 200]);
    const scores = scoresOf(scheme, seededRandom(7), 4900, marked);
    const { regions } = searchWindows(scores, nullLaw, 1e-6);
    expect(regions).toHaveLength(marked.length);
    for (const [i, { start, end }] of regions.entries()) {
      expect(Math.abs(start - marked[i]![0])).toBeLessThan(20);
      expect(Math.abs(end - marked[i]![1])).toBeLessThan(20);
    }
  });

  it('finds a mark that is thin everywhere as a whole', () => {
    const random = seededRandom(8);
    const thin: Marked[] = Array.from({ length: 1000 }, (_, i) => [4 * i, 4 * i + 1]);
    const { regions } = searchWindows(scoresOf(scheme, random, 4000, thin), nullLaw, 1e-6);
    expect(regions).toHaveLength(1);
    // One in four is marked, so that a tenth of a nat or so is lost with each tuple outside.
    expect(regions[0]!.end - regions[0]!.start).toBeGreaterThan(3600);
  });

  it('joins what a short gap divides, and divides what a long gap does', () => {
    const around = (gap: number): Marked[] => [
      [300, 500],
      [500 + gap, 700 + gap],
    ];
    const count = (gap: number): number =>
      searchWindows(scoresOf(scheme, seededRandom(3), 1200, around(gap)), nullLaw, 1e-4).regions.length;
    expect([count(4), count(250)]).toEqual([1, 2]);
  });

  it('reports a region without a mark no more often than half of the level, beside marked ones too', () => {
    const random = seededRandom(4);
    const alpha = 0.1;
    const runs = 1500;
    const marked: Marked[] = [[120, 200]];
    let falseRegions = 0;
    let found = 0;
    for (let run = 0; run < runs; run++) {
      const { regions } = searchWindows(scoresOf(scheme, random, 300, marked), nullLaw, alpha);
      if (regions.some((region) => !isCovered(region, marked))) falseRegions++;
      if (regions.some((region) => isCovered(region, marked))) found++;
    }
    expect(falseRegions / runs).toBeLessThanOrEqual(alpha / 2 + allowance(alpha / 2, runs));
    expect(found).toBe(runs);
  });

  it('keeps half of the level where nothing is marked, which the smallest uncorrected p-value does not', () => {
    const random = seededRandom(5);
    const runs = 1500;
    const values: number[] = [];
    const uncorrected: number[] = [];
    for (let run = 0; run < runs; run++) {
      const scores = scoresOf(scheme, random, 200);
      values.push(searchWindows(scores, nullLaw, 0.1).log10PValue);
      // Tails of short tournaments are slow.
      if (run < 20)
        uncorrected.push(Math.min(...naiveWindows(scores, nullLaw).map(({ log10Tail }) => log10Tail)));
    }
    for (const alpha of [0.1, 0.01]) {
      expect(share(values, alpha)).toBeLessThanOrEqual(alpha / 2 + allowance(alpha / 2, runs));
    }
    expect(share(uncorrected, 0.1)).toBeGreaterThan(0.5);
    expect(share(uncorrected, 0.01)).toBeGreaterThan(0.01 + allowance(0.01, uncorrected.length));
  });

  it('says nothing about fewer tuples than the shortest window', () => {
    const scores = scoresOf(scheme, seededRandom(6), 15, [[0, 15]]);
    expect(searchWindows(scores, nullLaw, 0.1)).toEqual({ windows: 0, log10PValue: 0, regions: [] });
    expect(searchWindows(new Float64Array(0), nullLaw, 0.1).regions).toEqual([]);
  });

  it('refuses a level that is none', () => {
    for (const alpha of [0, 1, Number.NaN]) {
      expect(() => searchWindows(new Float64Array(20), nullLaw, alpha)).toThrow(
        new RangeError(`"alpha" expected 0 < alpha < 1, got ${alpha}`),
      );
    }
  });
});
