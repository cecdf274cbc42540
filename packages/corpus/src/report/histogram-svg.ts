import { axisTicks, countOf, formatCount } from '@countermark/report';
import { CHARACTER, FLOOR, HEIGHT, RIGHT, TOP, WIDTH } from './drawing-frame.ts';

/**
 * Draws counts of p-values as bars over [0, 1], with a line at the height that all have where p-values are uniform.
 *
 * What the bars show is in its description too, count by count.
 *
 * @param bins counts in equal bins, at least one of them above 0.
 */
export function histogramSvg(bins: readonly number[]): string {
  const total = bins.reduce((sum, count) => sum + count, 0);
  const uniform = total / bins.length;
  const highest = Math.max(1.15 * uniform, 1.04 * bins.reduce((most, count) => Math.max(most, count), 0));
  const ticks = axisTicks(highest, 5);
  const left = 8 + CHARACTER * Math.max(...ticks.map((tick) => compact(tick).length));
  const x = (p: number): number => left + p * (WIDTH - left - RIGHT);
  const y = (count: number): number => FLOOR - (count / highest) * (FLOOR - TOP);
  const rows = ticks.map((tick) => {
    const at = y(tick).toFixed(1);
    return `<line class="${tick === 0 ? 'axis' : 'grid'}" x1="${left}" y1="${at}" x2="${WIDTH - RIGHT}" y2="${at}"/><text x="${left - 8}" y="${(y(tick) + 4).toFixed(1)}" text-anchor="end">${compact(tick)}</text>\n`;
  });
  // A gap between bars, but not where they are too thin for one.
  const gap = bins.length > 100 ? 0 : 1.5;
  const bars = bins.map((count, bin) => {
    const from = x(bin / bins.length);
    const width = x((bin + 1) / bins.length) - from - gap;
    return `<rect class="bar" x="${from.toFixed(1)}" y="${y(count).toFixed(2)}" width="${width.toFixed(1)}" height="${(FLOOR - y(count)).toFixed(2)}"/>\n`;
  });
  const columns = [0, 0.25, 0.5, 0.75, 1].map(
    (p) =>
      `<line class="axis" x1="${x(p).toFixed(1)}" y1="${FLOOR}" x2="${x(p).toFixed(1)}" y2="${FLOOR + 5}"/><text x="${x(p).toFixed(1)}" y="${FLOOR + 22}" text-anchor="${p === 1 ? 'end' : 'middle'}">${p}</text>\n`,
  );
  const level = y(uniform).toFixed(1);
  const counts = bins.map(
    (count, bin) => `${edge(bin, bins.length)} to ${edge(bin + 1, bins.length)}: ${formatCount(count)}`,
  );
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="histogram-title histogram-counts">
<title id="histogram-title">p-values of ${countOf(total, 'document')} in ${bins.length} equal bins</title>
<desc id="histogram-counts">About ${formatCount(uniform)} in each bin if no document was marked. Found: ${counts.join('; ')}.</desc>
${rows.join('')}${bars.join('')}${columns.join('')}<text x="0" y="16">documents</text>
<text x="${WIDTH - RIGHT}" y="${HEIGHT - 6}" text-anchor="end">p-value</text>
<line class="level" x1="${left}" y1="${level}" x2="${WIDTH - RIGHT}" y2="${level}"/><text class="over" x="${WIDTH - RIGHT}" y="${(Number(level) - 6).toFixed(1)}" text-anchor="end">if none was marked</text>
</svg>
`;
}

function compact(count: number): string {
  return count.toLocaleString('en-US', { notation: 'compact' });
}

function edge(bin: number, bins: number): string {
  return String(Number((bin / bins).toFixed(4)));
}
