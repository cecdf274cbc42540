import { countOf, formatCount, formatShare } from '@countermark/report';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { WIDTH } from './drawing-frame.ts';

const BAR = 34;
const TOP = 8;
const LINE = 34;
/** The least width of a part that is not empty, so that nobody misses it. */
const LEAST = 3;

interface BarPart {
  readonly className: string;
  readonly label: string;
  readonly count: number;
  readonly unit: string;
}

/** Draws all records of a corpus as one bar: documents that carry the mark, those that do not visibly, those too short to tell, and what could not be read. */
export function overviewSvg({ documents, conclusive, detected, failures }: ScanSummary): string {
  const all: BarPart[] = [
    { className: 'bar', label: 'with the mark', count: detected, unit: 'document' },
    {
      className: 'plain',
      label: 'without a visible mark',
      count: conclusive - detected,
      unit: 'document',
    },
    { className: 'short', label: 'too short to tell', count: documents - conclusive, unit: 'document' },
    { className: 'unread', label: 'not readable', count: failures.records, unit: 'record' },
  ];
  const total = all.reduce((sum, { count }) => sum + count, 0);
  const parts = all.filter(({ count, className }) => count > 0 || className === 'bar');
  const widths = widthsOf(parts, total);
  let x = 0;
  const rects = parts.map(({ className }, i) => {
    const width = widths[i] ?? 0;
    const rect = `<rect class="${className}" x="${x.toFixed(1)}" y="${TOP}" width="${width.toFixed(1)}" height="${BAR}"/>\n`;
    x += width;
    return width === 0 ? '' : rect;
  });
  const legend = parts.map(({ className, label, count, unit }, i) => {
    const y = TOP + BAR + 14 + i * LINE;
    return `<rect class="${className}" x="1" y="${y}" width="16" height="16"/><text x="28" y="${y + 14}">${countOf(count, unit)} ${label} (${formatShare(count / total)})</text>\n`;
  });
  const words = parts.map(({ label, count }) => `${label}: ${formatCount(count)}`).join('; ');
  return `<svg viewBox="0 0 ${WIDTH} ${TOP + BAR + 14 + parts.length * LINE}" role="img" aria-labelledby="overview-title overview-counts">
<title id="overview-title">${countOf(documents, 'document')}, and what could not be read</title>
<desc id="overview-counts">${words}.</desc>
${rects.join('')}${legend.join('')}</svg>
`;
}

// What small parts get beyond their share, the largest gives.
function widthsOf(parts: readonly BarPart[], total: number): number[] {
  const widths = parts.map(({ count }) => (count === 0 ? 0 : Math.max(LEAST, (WIDTH * count) / total)));
  const excess = widths.reduce((sum, width) => sum + width, 0) - WIDTH;
  const widest = widths.indexOf(Math.max(...widths));
  return widths.map((width, i) => (i === widest ? width - excess : width));
}
