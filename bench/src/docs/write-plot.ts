/** Plots of the documentation as SVG files: the same bytes for the same data. */
import { writeFileSync } from 'node:fs';
import { parse, resetSVGDefIds, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** How each scheme is drawn, so that colour is never all that tells them apart. */
const SCHEME_STYLES: readonly {
  readonly scheme: string;
  readonly colour: string;
  readonly dark: string;
  readonly shape: string;
  readonly dash: number[];
}[] = [
  { scheme: 'gumbel', colour: '#0060a8', dark: '#6cb8ff', shape: 'circle', dash: [1, 0] },
  { scheme: 'tournament', colour: '#b84a00', dark: '#ff9a4d', shape: 'triangle-up', dash: [6, 3] },
  { scheme: 'green-list', colour: '#00704f', dark: '#4fd6a8', shape: 'square', dash: [2, 2] },
];

const INK = '#1a1a1a';
const DIM = '#5c5c5c';
const LINE = '#d8d8d8';
const PAGE = '#ffffff';
const DARK: Readonly<Record<string, string>> = {
  [INK]: '#ececec',
  [DIM]: '#a8a8a8',
  [LINE]: '#3a3a3a',
  [PAGE]: '#161616',
  ...Object.fromEntries(SCHEME_STYLES.map(({ colour, dark }) => [colour, dark])),
};

/** The encodings that tell schemes apart, for a field `scheme`. */
export const SCHEME_SCALES = {
  domain: SCHEME_STYLES.map(({ scheme }) => scheme),
  colour: SCHEME_STYLES.map(({ colour }) => colour),
  shape: SCHEME_STYLES.map(({ shape }) => shape),
  dash: SCHEME_STYLES.map(({ dash }) => dash),
};

/**
 * Draws a plot to docs/plots. It brings its own background, and other colours where the reader prefers dark ones.
 *
 * @param name  of the file, without its ending.
 * @param title what it shows, for who cannot see it.
 */
export async function writePlot(name: string, title: string, spec: TopLevelSpec): Promise<void> {
  const themed: TopLevelSpec = {
    ...spec,
    background: PAGE,
    config: {
      font: 'system-ui, sans-serif',
      padding: 12,
      view: { stroke: null },
      axis: {
        gridColor: LINE,
        domainColor: DIM,
        tickColor: DIM,
        labelColor: DIM,
        titleColor: INK,
        titleFontWeight: 'normal',
        labelFontSize: 11,
        titleFontSize: 12,
      },
      header: { labelColor: INK, labelFontSize: 12, labelFontWeight: 'bold', titleColor: INK },
      legend: { labelColor: INK, labelFontSize: 12, symbolSize: 70, symbolStrokeWidth: 2 },
      line: { strokeWidth: 2 },
    },
  };
  resetSVGDefIds();
  const view = new View(parse(compile(themed).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  const rules = Object.entries(DARK).map(
    ([light, dark]) => `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`,
  );
  const head = `<title>${title}</title><style>@media (prefers-color-scheme: dark){${rules.join('')}}</style>`;
  const marked = svg.replace(
    /^<svg [^>]*>/,
    (start) => `${start.replace('<svg ', '<svg role="img" ')}${head}`,
  );
  writeFileSync(new URL(`../../../docs/plots/${name}.svg`, import.meta.url), `${marked}\n`);
}
