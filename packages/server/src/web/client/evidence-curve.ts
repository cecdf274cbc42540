import { formatCount, formatLevel, formatPValue } from '@countermark/report/numbers';
import type { EvidencePoint } from './detection.ts';
import { element, svgElement } from './element.ts';

const WIDTH = 640;
const HEIGHT = 260;
const TOP = 34;
const RIGHT = 14;
const LEFT = 84;
const FLOOR = HEIGHT - 52;
/** JSON has null for the logarithm of 0. */
const DEEPEST = -400;

/** Draws how the evidence grew with the tokens read: p on a logarithmic scale, so that evidence grows upwards. */
export function evidenceCurve(curve: readonly EvidencePoint[], alpha: number): HTMLElement {
  const points = curve.map(({ tokens, log10PValue }) => ({ tokens, height: -(log10PValue ?? DEEPEST) }));
  const last = points.at(-1);
  const figure = element('section', { 'aria-labelledby': 'curve-heading' });
  figure.append(element('h2', { id: 'curve-heading' }, 'How the evidence grew'));
  if (last === undefined || last.tokens === 0) {
    figure.append(element('p', { class: 'note' }, 'No token was read.'));
    return figure;
  }
  const level = -Math.log10(alpha);
  // The level's label stands above its line.
  const highest = Math.max(1, 1.25 * level, ...points.map(({ height }) => 1.05 * height));
  const x = (tokens: number): string => (LEFT + (tokens / last.tokens) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (height: number): string => (FLOOR - Math.max(0, height / highest) * (FLOOR - TOP)).toFixed(1);
  const across = (kind: string, at: string): SVGElement =>
    svgElement('line', { class: kind, x1: LEFT, y1: at, x2: WIDTH - RIGHT, y2: at });
  const drawing = svgElement('svg', {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: 'img',
    'aria-label': `p-value against tokens read: ${formatPValue(-last.height)} after ${formatCount(last.tokens)}; the level is ${formatLevel(alpha)}`,
  });
  for (const tick of ticks(highest)) {
    drawing.append(
      across(tick === 0 ? 'axis' : 'grid', y(tick)),
      svgElement(
        'text',
        { x: LEFT - 8, y: Number(y(tick)) + 4, 'text-anchor': 'end' },
        formatPValue(-tick, -Infinity),
      ),
    );
  }
  for (const tick of ticks(last.tokens)) {
    const isLast = Number(x(tick)) > WIDTH - RIGHT - 40;
    drawing.append(
      svgElement('line', { class: 'axis', x1: x(tick), y1: FLOOR, x2: x(tick), y2: FLOOR + 5 }),
      svgElement(
        'text',
        { x: x(tick), y: FLOOR + 22, 'text-anchor': isLast ? 'end' : 'middle' },
        formatCount(tick),
      ),
    );
  }
  drawing.append(
    svgElement('text', { x: 0, y: 16 }, 'p-value, logarithmic: evidence grows upwards'),
    svgElement('text', { x: WIDTH - RIGHT, y: HEIGHT - 6, 'text-anchor': 'end' }, 'tokens read'),
    svgElement('polyline', {
      class: 'curve',
      points: points.map(({ tokens, height }) => `${x(tokens)},${y(height)}`).join(' '),
    }),
    svgElement('circle', { class: 'end', cx: x(last.tokens), cy: y(last.height), r: 3.5 }),
    across('level', y(level)),
    svgElement(
      'text',
      { class: 'over', x: WIDTH - RIGHT, y: Number(y(level)) - 6, 'text-anchor': 'end' },
      `level ${formatLevel(alpha)}`,
    ),
  );
  figure.append(
    drawing,
    element(
      'p',
      { class: 'note' },
      'Only the last point is the test: stopping where the curve is best is no valid rule.',
    ),
  );
  return figure;
}

/** Returns at most six round numbers from 0 to a maximum. */
function ticks(maximum: number): number[] {
  let step = 1;
  for (let power = 1; Math.floor(maximum / step) > 5; power *= 10) {
    step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => maximum / size < 6) ?? 10 * power;
  }
  return Array.from({ length: Math.floor(maximum / step) + 1 }, (_, i) => i * step);
}
