/** The curve as it is drawn, for evidence that no real document has. */

import type { TokenReport } from '@countermark/detector';
import { Detector, TOKEN_STATUSES } from '@countermark/detector';
import { htmlReport } from '@countermark/detector/report';
import { formatPValue } from '@countermark/report';
import { describe, expect, it } from 'vitest';
import { keyFrom } from '../support/random-key.ts';

const SCORED = TOKEN_STATUSES.indexOf('scored');
const detector = new Detector([keyFrom('curve', 9)]);
const traced = detector.report([1, 2, 3, 4, 5, 6]);
detector.close();

interface Drawing {
  /** What stands along the axis of p, from the top down, with its height. */
  readonly pLabels: readonly { readonly label: string; readonly y: number }[];
  readonly tokenLabels: readonly { readonly label: string; readonly x: number }[];
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly gridLines: readonly number[];
  readonly level: number;
  readonly summary: string;
}

/** Draws a document whose tokens all score, and reads the drawing. */
function draw(scores: readonly number[], nullLaw: TokenReport['nullLaw'], alpha = 1e-6): Drawing {
  const statuses = new Uint8Array(scores.length).fill(SCORED);
  const tokenIds = new Uint32Array(scores.length);
  const trace = { ...traced, tokenIds, statuses, scores: Float64Array.from(scores), nullLaw };
  const detection = { ...traced.detection, alpha };
  const html = htmlReport([{ name: 'curve', traced: trace, detection }]);
  const [svg = ''] = /<svg[\s\S]*?<\/svg>/.exec(html) ?? [];
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  const texts = [...svg.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)].map(([, place = '', label = '']) => ({
    label,
    x: Number(/\bx="([^"]*)"/.exec(place)?.[1]),
    y: Number(/\by="([^"]*)"/.exec(place)?.[1]),
  }));
  const [, points = ''] = /<polyline class="curve" points="([^"]*)"/.exec(svg) ?? [];
  const [, floor = ''] = /<line class="axis" x1="[^"]*" y1="([^"]*)"/.exec(svg) ?? [];
  return {
    pLabels: texts
      .filter(({ label, y }) => /^[\de.-]+$/.test(label) && y <= +floor + 10)
      .sort((a, b) => a.y - b.y),
    tokenLabels: texts.filter(({ label, y }) => /^[\d,]+$/.test(label) && y > +floor + 10),
    points: points.split(' ').map((point) => point.split(',').map(Number) as [number, number]),
    gridLines: [...svg.matchAll(/<line class="grid" x1="[^"]*" y1="([^"]*)"/g)].map(([, y]) => Number(y)),
    level: Number(/<line class="level" x1="[^"]*" y1="([^"]*)"/.exec(svg)?.[1]),
    summary: /aria-label="([^"]*)"/.exec(svg)?.[1] ?? '',
  };
}

const gumbel = { kind: 'gamma', scale: 2 ** 20 } as const;
// One token with a score of x has log10 p = −x log10 e under gumbel.
const scoreFor = (log10PValue: number): number => (-log10PValue * 2 ** 20) / Math.LOG10E;

describe('the curve', () => {
  it.each([
    [-0.5, ['0.1', '1']],
    [-8, ['1e-8', '1e-6', '1e-4', '0.01', '1']],
    [-100_000, ['1e-100000', '1e-80000', '1e-60000', '1e-40000', '1e-20000', '1']],
  ])('has round p-values along its axis when log10 p is %d', (log10PValue, labels) => {
    const alpha = log10PValue > -1 ? 0.1 : 1e-6;
    const { pLabels, gridLines } = draw([scoreFor(log10PValue)], gumbel, alpha);
    expect(pLabels.map(({ label }) => label)).toEqual(labels);
    expect(gridLines).toHaveLength(labels.length - 1);
    // Equal steps of log p are equal steps on paper; coordinates are rounded to tenths.
    const steps = pLabels.slice(1).map(({ y }, i) => y - pLabels[i]!.y);
    expect(Math.max(...steps) - Math.min(...steps)).toBeLessThanOrEqual(0.2001);
  });

  it('ends where its p-value is on the axis', () => {
    for (const log10PValue of [-0.5, -4, -6, -33.3, -5000, -100_000]) {
      const { points, pLabels, level, summary } = draw([scoreFor(log10PValue)], gumbel);
      const zero = points[0]![1];
      const top = pLabels[0]!;
      const unit = (zero - (top.y - 4)) / -log10Of(top.label);
      // Two coordinates and the unit, each from tenths.
      const slack = 0.1001 + (0.1 / -log10Of(top.label)) * Math.max(6, -log10PValue);
      expect(Math.abs(zero - points[1]![1] - unit * -log10PValue)).toBeLessThanOrEqual(slack);
      expect(Math.abs(zero - level - unit * 6)).toBeLessThanOrEqual(slack);
      expect(summary).toContain(`${formatPValue(log10PValue)} after 1;`);
    }
  });

  it('draws p = 0 at the upper edge', () => {
    // A green-list token scores at most 1, so that 2 is out of reach.
    const { points, gridLines, summary } = draw([2], { kind: 'binomial', numerator: 2 ** 30 });
    const [, [, height] = []] = points;
    expect(height).toBeLessThan(Math.min(...gridLines));
    expect(height).toBeGreaterThan(0);
    expect(summary).toContain('3e-39 after 1;');
  });

  it('stays on the floor when nothing is surprising', () => {
    const { points } = draw([0, 0, 0], gumbel);
    expect(new Set(points.map(([, y]) => y)).size).toBe(1);
  });

  it.each([
    [1, ['0', '1']],
    [6, ['0', '2', '4', '6']],
    [12_345, ['0', '5,000', '10,000']],
  ])('counts tokens in round numbers: %d', (tokens, labels) => {
    const { tokenLabels, points } = draw(new Array(tokens).fill(0), gumbel);
    expect(tokenLabels.map(({ label }) => label)).toEqual(labels);
    for (const { label, x } of tokenLabels) {
      const place = Number(label.replace(',', '')) / tokens;
      const [first, last] = [points[0]![0], points.at(-1)![0]];
      expect(Math.abs(x - (first + place * (last - first)))).toBeLessThanOrEqual(0.1501);
    }
  });

  it('is absent where no token was read', () => {
    const empty = new Detector([keyFrom('curve', 9)]);
    const nothing = empty.report([]);
    empty.close();
    const html = htmlReport([{ name: 'empty', traced: nothing, detection: nothing.detection }]);
    expect(html).not.toContain('<svg');
    expect(html).toContain('No token was read.');
  });
});

function log10Of(label: string): number {
  const [mantissa = '', exponent = '0'] = label.split('e');
  return Math.log10(Number(mantissa)) + Number(exponent);
}
