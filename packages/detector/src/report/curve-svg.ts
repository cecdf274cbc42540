import type { EvidencePoint } from './evidence-curve.ts';

const WIDTH = 640;
const HEIGHT = 220;
const LEFT = 84;
const BOTTOM = 36;
const TOP = 12;
const RIGHT = 12;
const MIDDLE = (TOP + HEIGHT - BOTTOM) / 2;

/**
 * Draws −log10 p against tokens as an SVG element, with the level as a dashed line.
 *
 * @param curve      from `evidenceCurve`.
 * @param log10Alpha log10 of the level.
 */
export function curveSvg(curve: readonly EvidencePoint[], log10Alpha: number): string {
  const tokens = Math.max(1, curve.at(-1)?.tokens ?? 1);
  const highest = Math.max(-log10Alpha * 1.25, ...curve.map((point) => -point.log10PValue));
  const x = (value: number): string => (LEFT + (value / tokens) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (value: number): string =>
    (HEIGHT - BOTTOM - (value / highest) * (HEIGHT - BOTTOM - TOP)).toFixed(1);
  const points = curve.map((point) => `${x(point.tokens)},${y(-point.log10PValue)}`).join(' ');
  const level = y(-log10Alpha);
  const summary = `Evidence against tokens: ${(-(curve.at(-1)?.log10PValue ?? 0)).toFixed(2)} after ${tokens} tokens; the level is ${(-log10Alpha).toFixed(2)}`;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${summary}">
<line class="axis" x1="${LEFT}" y1="${y(0)}" x2="${WIDTH - RIGHT}" y2="${y(0)}"/>
<line class="axis" x1="${LEFT}" y1="${TOP}" x2="${LEFT}" y2="${y(0)}"/>
<line class="level" x1="${LEFT}" y1="${level}" x2="${WIDTH - RIGHT}" y2="${level}"/>
<polyline class="curve" points="${points}"/>
<text x="${LEFT - 6}" y="${y(0)}" text-anchor="end">0</text>
<text x="${LEFT - 6}" y="${TOP + 12}" text-anchor="end">${highest.toFixed(1)}</text>
<text x="${WIDTH - RIGHT}" y="${Number(level) - 4}" text-anchor="end">level α</text>
<text x="${LEFT}" y="${HEIGHT - 12}">0</text>
<text x="${WIDTH - RIGHT}" y="${HEIGHT - 12}" text-anchor="end">${tokens} tokens</text>
<text x="22" y="${MIDDLE}" transform="rotate(-90 22 ${MIDDLE})" text-anchor="middle">−log₁₀ p</text>
</svg>`;
}
