import { axisTicks, countOf, formatLevel, formatPValue } from '@countermark/report';
import type { ModelAuditResult } from '../result/audit-result.ts';

const WIDTH = 640;
const HEIGHT = 150;
const LEFT = 14;
const RIGHT = 14;
const FLOOR = HEIGHT - 52;
/** Diameter of a dot, and the distance of two that are stacked, where there is room for it. */
const DOT = 7;
/** How high a stack may be. */
const STACK = 70;
/** Units that a character takes at most where the page is narrow. */
const CHARACTER = 11.5;

/**
 * Draws the p-value of the key among those of random keys, on a logarithmic scale: evidence grows to the right. What it shows is in its description too.
 *
 * @returns nothing where nothing was counted.
 */
export function evidenceStrip(result: ModelAuditResult): string {
  const { log10PValue, log10LeastPValue, alpha, counts, decoyLog10PValues: decoys = [] } = result;
  if (counts.contexts === 0) return '';
  const level = -Math.log10(alpha);
  // Below the least p-value that the key supports there is nothing more to say.
  const own = Math.min(-log10PValue, -log10LeastPValue);
  const others = decoys.map((log10) => -log10);
  const highest = 1.06 * Math.max(1.2 * level, own, ...others);
  const x = (value: number): number => LEFT + (value / highest) * (WIDTH - LEFT - RIGHT);
  const columns = others.map((value) => Math.round(x(value) / DOT));
  const dots = columns.map((column, i) => {
    const stacked = columns.filter((other) => other === column).length;
    const below = columns.slice(0, i).filter((other) => other === column).length;
    const apart = Math.min(DOT, STACK / stacked);
    const at = Math.max(LEFT + DOT / 2, DOT * column);
    return `<circle class="plain" cx="${at.toFixed(1)}" cy="${(FLOOR - DOT / 2 - apart * below).toFixed(1)}" r="${DOT / 2 - 0.5}"/>\n`;
  });
  const ticks = axisTicks(highest, 5).map((tick) => {
    const at = x(tick).toFixed(1);
    const anchor = tick === 0 ? 'start' : Number(at) > WIDTH - RIGHT - 3 * CHARACTER ? 'end' : 'middle';
    return `<line class="axis" x1="${at}" y1="${FLOOR}" x2="${at}" y2="${FLOOR + 5}"/><text x="${tick === 0 ? LEFT : at}" y="${FLOOR + 22}" text-anchor="${anchor}">${formatPValue(-tick, -Infinity)}</text>\n`;
  });
  const beyond = decoys.filter((log10) => log10 <= log10PValue).length;
  const description = [
    `This key: p = ${formatPValue(log10PValue, log10LeastPValue)}; the level is ${formatLevel(alpha)}.`,
    decoys.length === 0
      ? ''
      : `Of ${countOf(decoys.length, 'random key')} ${beyond} ${beyond === 1 ? 'is' : 'are'} as strong; the strongest has p = ${formatPValue(decoys[0] ?? 0, -Infinity)}.`,
  ].join(' ');
  const keyAt = x(own);
  const side = keyAt > WIDTH / 2 ? ['end', -8] : ['start', 8];
  const levelAt = x(level).toFixed(1);
  const levelSide = x(level) > WIDTH / 2 ? ['end', -6] : ['start', 6];
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${description}">
<line class="axis" x1="${LEFT}" y1="${FLOOR}" x2="${WIDTH - RIGHT}" y2="${FLOOR}"/>
${ticks.join('')}<line class="level" x1="${levelAt}" y1="22" x2="${levelAt}" y2="${FLOOR}"/><text class="over" x="${(x(level) + Number(levelSide[1])).toFixed(1)}" y="16" text-anchor="${levelSide[0]}">level ${formatLevel(alpha)}</text>
${dots.join('')}<circle class="end" cx="${keyAt.toFixed(1)}" cy="${FLOOR - 40}" r="6"/><text class="over" x="${(keyAt + Number(side[1])).toFixed(1)}" y="${FLOOR - 50}" text-anchor="${side[0]}">this key</text>
<text x="${WIDTH - RIGHT}" y="${HEIGHT - 6}" text-anchor="end">p-value: evidence grows to the right</text>
</svg>
${decoys.length === 0 ? '' : `<p class="note">Each grey dot is a random key that marked nothing, tested on the same records.</p>\n`}`;
}
