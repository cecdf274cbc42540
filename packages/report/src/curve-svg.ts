import { axisTicks } from './axis-ticks.ts';
import { formatLevel, formatPValue } from './numbers.ts';

/** A point of a curve. */
export interface CurvePoint {
  /** Tokens read. */
  readonly tokens: number;
  readonly log10PValue: number;
}

/** Tokens `start` to `end − 1`. */
export interface ShadedPart {
  readonly start: number;
  readonly end: number;
}

/** What is drawn with a curve. */
export interface CurveOptions {
  /** The level, drawn as a line across. */
  readonly alpha: number;
  /** Parts of the document to shade, in tokens. */
  readonly regions?: readonly ShadedPart[];
}

const WIDTH = 640;
const HEIGHT = 260;
const TOP = 34;
const RIGHT = 14;
const BOTTOM = 52;
const FLOOR = HEIGHT - BOTTOM;
/** Units of the drawing that a character of a label takes at most, where the page is narrow. */
const CHARACTER = 11.5;

/**
 * Draws p against tokens as an SVG element: p on a logarithmic scale that grows downwards, so that evidence grows upwards.
 *
 * @param curve   points by ascending token count. A p of 0 is drawn at the upper edge.
 * @param options see {@link CurveOptions}.
 */
export function curveSvg(curve: readonly CurvePoint[], { alpha, regions = [] }: CurveOptions): string {
  const last = curve.at(-1);
  const tokens = last?.tokens ?? 0;
  if (last === undefined || tokens === 0) return '<p class="note">No token was read.</p>\n';
  const level = -Math.log10(alpha);
  const heights = curve.map(({ log10PValue }) => -log10PValue);
  // The label of the level stands above its line.
  const highest = Math.max(
    1,
    1.25 * level,
    ...heights.map((height) => (height < Infinity ? 1.05 * height : 0)),
  );
  const ticks = axisTicks(highest, 5).map((tick) => ({ tick, label: formatPValue(-tick, -Infinity) }));
  const left = 8 + CHARACTER * Math.max(...ticks.map(({ label }) => label.length));
  const x = (value: number): string => (left + (value / tokens) * (WIDTH - left - RIGHT)).toFixed(1);
  const y = (value: number): string => (FLOOR - Math.min(1, value / highest) * (FLOOR - TOP)).toFixed(1);
  const points = curve.map((point, i) => `${x(point.tokens)},${y(heights[i] ?? 0)}`).join(' ');
  const line = (kind: string, at: string): string =>
    `<line class="${kind}" x1="${left}" y1="${at}" x2="${WIDTH - RIGHT}" y2="${at}"/>\n`;
  const shaded = regions.map(
    ({ start, end }) =>
      `<rect class="part" x="${x(start)}" y="${TOP}" width="${(Number(x(end)) - Number(x(start))).toFixed(1)}" height="${FLOOR - TOP}"/>\n`,
  );
  const rows = ticks.map(
    ({ tick, label }) =>
      `${line(tick === 0 ? 'axis' : 'grid', y(tick))}<text x="${left - 8}" y="${Number(y(tick)) + 4}" text-anchor="end">${label}</text>\n`,
  );
  const columns = axisTicks(tokens, 5).map((tick) => {
    const at = x(tick);
    // A label in the middle of the corner would be cut off.
    const anchor = Number(at) > WIDTH - RIGHT - 4 * CHARACTER ? 'end' : 'middle';
    return `<line class="axis" x1="${at}" y1="${FLOOR}" x2="${at}" y2="${FLOOR + 5}"/><text x="${at}" y="${FLOOR + 22}" text-anchor="${anchor}">${tick.toLocaleString('en-US')}</text>\n`;
  });
  const summary = `p-value against tokens read: ${formatPValue(last.log10PValue)} after ${tokens.toLocaleString('en-US')}; the level is ${formatLevel(alpha)}`;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${summary}">
${shaded.join('')}${rows.join('')}${columns.join('')}<text x="0" y="16">p-value, logarithmic: evidence grows upwards</text>
<text x="${WIDTH - RIGHT}" y="${HEIGHT - 6}" text-anchor="end">tokens read</text>
<polyline class="curve" points="${points}"/>
<circle class="end" cx="${x(tokens)}" cy="${y(heights.at(-1) ?? 0)}" r="3.5"/>
${line('level', y(level))}<text class="over" x="${WIDTH - RIGHT}" y="${Number(y(level)) - 6}" text-anchor="end">level ${formatLevel(alpha)}</text>
</svg>
`;
}
