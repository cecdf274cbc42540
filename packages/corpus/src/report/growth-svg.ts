import { axisTicks, countOf, formatEValue, formatLevel } from '@countermark/report';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { CHARACTER, FLOOR, HEIGHT, RIGHT, TOP, WIDTH } from './drawing-frame.ts';
import { CURVE_POINTS } from './page-rows.ts';

type Curve = ScanSummary['curve'];

/**
 * Draws a running e-value, on a logarithmic scale, against tokens.
 *
 * Evidence against the mark may be drawn less deep than it is: below 1, the scale reaches as far down as it does up.
 *
 * @param curve  points by ascending token count, at least one, with tokens.
 * @param alpha  the level.
 * @param log10Needed log10 of the e-value that suffices at that level.
 */
export function growthSvg(curve: Curve, alpha: number, log10Needed: number): string {
  const points = thin([{ tokens: 0, log10EValue: 0 }, ...curve]);
  const last = points.at(-1) ?? { tokens: 0, log10EValue: 0 };
  const finite = points.map(({ log10EValue }) => log10EValue).filter(Number.isFinite);
  const highest = Math.max(1.25 * log10Needed, 1, ...finite.map((value) => 1.05 * value));
  const lowest = Math.max(-highest, Math.min(0, ...finite.map((value) => 1.05 * value)));
  const ticks = [
    ...axisTicks(-lowest, 2)
      .slice(1)
      .map((tick) => -tick),
    ...axisTicks(highest, lowest < -highest / 4 ? 3 : 5),
  ];
  const labelOf = (tick: number): string => (tick === 0 ? '1' : `10^${tick}`);
  const left = 8 + CHARACTER * Math.max(...ticks.map((tick) => labelOf(tick).length));
  const x = (tokens: number): string => (left + (tokens / last.tokens) * (WIDTH - left - RIGHT)).toFixed(1);
  const y = (value: number): string =>
    (
      FLOOR -
      ((Math.min(highest, Math.max(lowest, value)) - lowest) / (highest - lowest)) * (FLOOR - TOP)
    ).toFixed(1);
  const across = (kind: string, at: string): string =>
    `<line class="${kind}" x1="${left}" y1="${at}" x2="${WIDTH - RIGHT}" y2="${at}"/>`;
  const rows = ticks.map(
    (tick) =>
      `${across(tick === 0 ? 'axis' : 'grid', y(tick))}<text x="${left - 8}" y="${Number(y(tick)) + 4}" text-anchor="end">${labelOf(tick)}</text>\n`,
  );
  const columns = axisTicks(last.tokens, 5).map((tick) => {
    const at = x(tick);
    // A label in the middle of the corner would be cut off.
    const anchor = Number(at) > WIDTH - RIGHT - 3 * CHARACTER ? 'end' : 'middle';
    return `<line class="axis" x1="${at}" y1="${FLOOR}" x2="${at}" y2="${FLOOR + 5}"/><text x="${at}" y="${FLOOR + 22}" text-anchor="${anchor}">${tick.toLocaleString('en-US', { notation: 'compact' })}</text>\n`;
  });
  const path = points.map(({ tokens, log10EValue }) => `${x(tokens)},${y(log10EValue)}`).join(' ');
  const peak = points.reduce((most, { log10EValue }) => Math.max(most, log10EValue), 0);
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="growth-title growth-summary">
<title id="growth-title">e-value against tokens scanned</title>
<desc id="growth-summary">${formatEValue(last.log10EValue)} after ${countOf(last.tokens, 'token')}, at most ${formatEValue(peak)}; level ${formatLevel(alpha)} asks for ${formatEValue(log10Needed)}.</desc>
${rows.join('')}${columns.join('')}<text x="0" y="16">e-value, logarithmic: evidence grows upwards</text>
<text x="${WIDTH - RIGHT}" y="${HEIGHT - 6}" text-anchor="end">tokens scanned</text>
<polyline class="curve" points="${path}"/>
<circle class="end" cx="${x(last.tokens)}" cy="${y(last.log10EValue)}" r="3.5"/>
${across('level', y(log10Needed))}<text class="over" x="${WIDTH - RIGHT}" y="${Number(y(log10Needed)) - 6}" text-anchor="end">level ${formatLevel(alpha)}</text>
</svg>
`;
}

// Of each run of points the highest, on which the evidence may be judged, and the last.
function thin(curve: Curve): Curve {
  const size = Math.ceil((2 * curve.length) / CURVE_POINTS);
  if (size <= 2) return curve;
  const kept: Curve[number][] = [];
  for (let start = 0; start < curve.length; start += size) {
    const run = curve.slice(start, start + size);
    const highest = run.reduce((best, point) => (point.log10EValue > best.log10EValue ? point : best));
    const last = run.at(-1);
    kept.push(highest);
    if (last !== undefined && last !== highest) kept.push(last);
  }
  return kept;
}
