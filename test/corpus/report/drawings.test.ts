/** The drawings of a scan's page, read as a person with a ruler would. */
import { htmlScanReport } from '@countermark/corpus/internal';
import { describe, expect, it } from 'vitest';
import { markedSummary, type ScanSummary } from './summary.ts';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function drawing(more: Partial<ScanSummary>, heading: string): string {
  const html = htmlScanReport({ ...markedSummary(), ...more }, []);
  const [svg = ''] = /<svg[\s\S]*?<\/svg>/.exec(html.slice(html.indexOf(`<h2>${heading}</h2>`))) ?? [];
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  return svg;
}

const attribute = (tag: string, name: string): number =>
  Number(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]);
const levelOf = (svg: string): number => attribute(/<line class="level"[^>]*>/.exec(svg)?.[0] ?? '', 'y1');
const axisOf = (svg: string): number => attribute(/<line class="axis"[^>]*>/.exec(svg)?.[0] ?? '', 'y1');

function histogram(bins: readonly number[]): { bars: Box[]; floor: number; level: number; svg: string } {
  const svg = drawing({ histogram: { bins, decades: [0] } }, 'p-values of the documents');
  const bars = [...svg.matchAll(/<rect class="bar"[^>]*>/g)].map(([tag]) => ({
    x: attribute(tag, 'x'),
    y: attribute(tag, 'y'),
    width: attribute(tag, 'width'),
    height: attribute(tag, 'height'),
  }));
  return { bars, floor: axisOf(svg), level: levelOf(svg), svg };
}

// Heights are written to hundredths, other coordinates to tenths.
const SLACK = 0.02;

describe('the histogram', () => {
  it('draws bars as high as their counts, from the axis up', () => {
    const bins = [1000, 250, 0, 125, 500];
    const { bars, floor } = histogram(bins);
    expect(bars).toHaveLength(5);
    const unit = bars[0]!.height / 1000;
    expect(bars[0]!.height).toBeGreaterThan(150);
    for (const [i, { y, height }] of bars.entries()) {
      expect(Math.abs(height - bins[i]! * unit)).toBeLessThanOrEqual(SLACK);
      expect(Math.abs(y + height - floor)).toBeLessThanOrEqual(SLACK);
    }
  });

  it('draws the line of the uniform at the mean of the counts', () => {
    const { bars, floor, level } = histogram([1000, 250, 0, 125, 500]);
    const unit = bars[0]!.height / 1000;
    expect(Math.abs(floor - level - 375 * unit)).toBeLessThanOrEqual(0.1);
  });

  it('draws bars of one width side by side, over the whole axis', () => {
    const { bars } = histogram(Array.from({ length: 20 }, (_, i) => i));
    const steps = bars.slice(1).map(({ x }, i) => x - bars[i]!.x);
    expect(Math.max(...steps) - Math.min(...steps)).toBeLessThanOrEqual(0.2001);
    for (const { width } of bars) expect(width).toBeLessThan(Math.min(...steps));
  });

  it('says every count in words', () => {
    const { svg } = histogram([1200, 250, 0, 150]);
    expect(svg).toContain('<title id="histogram-title">p-values of 1,600 documents in 4 equal bins</title>');
    expect(svg).toContain(
      'About 400 in each bin if no document was marked. Found: 0 to 0.25: 1,200; 0.25 to 0.5: 250; 0.5 to 0.75: 0; 0.75 to 1: 150.',
    );
  });
});

describe('the evidence curve', () => {
  type Points = readonly (readonly [x: number, y: number])[];
  function curve(more: Partial<ScanSummary>): { points: Points; one: number; level: number; svg: string } {
    const svg = drawing(more, 'Evidence');
    const [, list = ''] = /<polyline class="curve" points="([^"]*)"/.exec(svg) ?? [];
    const points = list.split(' ').map((point) => point.split(',').map(Number) as [number, number]);
    return { points, one: axisOf(svg), level: levelOf(svg), svg };
  }

  it('starts at 1 and grows in the unit of the line that the level needs', () => {
    const [key] = markedSummary().keys;
    const { points, one, level } = curve({
      keys: [key!],
      curve: [
        { tokens: 500, log10EValue: 1.5 },
        { tokens: 1000, log10EValue: 6 },
      ],
    });
    expect(points).toHaveLength(3);
    expect(points[0]![1]).toBe(one);
    // Level 0.001 and one key: 10^3.
    const unit = (one - level) / 3;
    expect(Math.abs(one - points[1]![1] - 1.5 * unit)).toBeLessThanOrEqual(0.2);
    expect(Math.abs(one - points[2]![1] - 6 * unit)).toBeLessThanOrEqual(0.4);
    expect(points[1]![0] - points[0]![0]).toBeCloseTo(points[2]![0] - points[1]![0], 0);
  });

  it('asks for more where there are more keys, as it is of the strongest', () => {
    const { svg } = curve({});
    // 2 / 0.001.
    expect(svg).toContain('level 0.001 asks for 10^3.30.');
  });

  it('goes below 1 where the evidence is against the mark', () => {
    const { points, one, level } = curve({
      curve: [
        { tokens: 500, log10EValue: -2 },
        { tokens: 900, log10EValue: -1e9 },
        { tokens: 1000, log10EValue: Number.NEGATIVE_INFINITY },
      ],
    });
    expect(level).toBeLessThan(one);
    expect(points[1]![1]).toBeGreaterThan(one);
    expect(points[2]![1]).toBeGreaterThan(points[1]![1]);
    expect(points[3]![1]).toBe(points[2]![1]);
  });

  it('keeps the highest of many shards, and the last', () => {
    const many = Array.from({ length: 50_000 }, (_, i) => ({
      tokens: i + 1,
      log10EValue: i === 31_234 ? 50 : i / 50_000,
    }));
    const { points, svg } = curve({ curve: many });
    expect(points.length).toBeLessThanOrEqual(402);
    expect(svg).toContain('10^0.99 after 50,000 tokens, at most 10^50.00;');
    const highest = points.filter(([, y]) => y === Math.min(...points.map((point) => point[1])));
    expect(highest).toHaveLength(1);
  });
});
