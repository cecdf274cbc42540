import { SCHEME_SCALES, writePlot } from '../docs/write-plot.ts';
import type { ResultRow, Results } from './results.ts';
import { conditionsOf, find } from './tables.ts';

const PANELS: readonly [title: string, attack: string, reading: ResultRow['reading']][] = [
  ['delete', 'delete', 'text'],
  ['insert', 'insert', 'text'],
  ['substitute', 'substitute', 'text'],
  ['swap', 'swap', 'text'],
  ['case', 'case', 'text'],
  ['punctuation', 'punctuation', 'text'],
  ['truncate', 'truncate', 'text'],
  ['homoglyph', 'homoglyph', 'text'],
  ['mix', 'mix', 'text'],
  ['mix, --regions', 'mix', 'regions'],
  ['splice', 'splice', 'text'],
  ['splice, --regions', 'splice', 'regions'],
];

/** Where lines are labelled: in a panel that has room for it, beside the points of one strength. */
interface Labels {
  readonly attack: string;
  readonly strength: number;
  readonly dx: number;
  /** For each scheme, in pixels down. */
  readonly dy: Readonly<Record<string, number>>;
}

const LABELS: Readonly<Record<string, Labels>> = {
  'temperature 0.8': {
    attack: 'substitute',
    strength: 0.75,
    dx: 8,
    dy: { gumbel: 0, tournament: 0, 'green-list': -5 },
  },
  'temperature 0.5, top-p 0.9': {
    attack: 'punctuation',
    strength: 0.25,
    dx: -20,
    dy: { gumbel: -14, tournament: 28, 'green-list': -12 },
  },
};

/** Draws detection rates against what the attacks touched, one file for each way to sample. */
export async function writeRatePlots(results: Results): Promise<void> {
  for (const sampling of new Set(results.conditions.map((condition) => condition.sampling))) {
    const temperature = /[\d.]+/.exec(sampling)?.[0] ?? '';
    await writePlot(
      `robustness-${temperature}`,
      `Share of ${results.answers} answers detected at 1e-6 against attack strength, ${sampling}, for three schemes and twelve attacks`,
      rateSpec(points(results, sampling), LABELS[sampling]),
    );
  }
}

interface Point {
  readonly panel: number;
  readonly attack: string;
  readonly strength: number;
  readonly scheme: string;
  readonly touched: number;
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

// The unattacked answers are the left end of every line.
function points(results: Results, sampling: string): Point[] {
  return conditionsOf(results, sampling).flatMap((condition) =>
    PANELS.flatMap(([, attack, reading], panel) =>
      [
        find(condition, 'none', 0, reading),
        ...condition.rows.filter((row) => row.attack === attack && row.reading === reading),
      ].map(({ strength, touched, marked: { detected, documents, interval } }) => ({
        panel,
        attack,
        strength,
        scheme: condition.scheme,
        touched,
        rate: detected / documents,
        ...interval,
      })),
    ),
  );
}

function rateSpec(values: readonly Point[], labels: Labels | undefined): Parameters<typeof writePlot>[2] {
  const { domain, colour, shape, dash } = SCHEME_SCALES;
  const titles = PANELS.map(([title]) => `'${title}'`).join(', ');
  return {
    data: { values: values.map((point) => ({ ...point })) },
    facet: {
      field: 'panel',
      type: 'ordinal',
      title: null,
      header: { labelExpr: `[${titles}][datum.value]`, labelPadding: 4 },
    },
    columns: 4,
    spacing: { row: 24, column: 22 },
    resolve: { axis: { x: 'independent' } },
    spec: {
      width: 170,
      height: 120,
      encoding: {
        x: {
          field: 'touched',
          type: 'quantitative',
          title: null,
          scale: { domain: [0, 1] },
          axis: { values: [0, 0.25, 0.5, 0.75, 1], format: '~%', grid: false },
        },
        color: {
          field: 'scheme',
          type: 'nominal',
          scale: { domain, range: colour },
          legend: { orient: 'top', title: null, symbolOpacity: 1, symbolDash: [1, 0] },
        },
      },
      layer: [
        {
          mark: { type: 'rule', strokeWidth: 1, opacity: 0.45 },
          encoding: {
            y: { field: 'low', type: 'quantitative' },
            y2: { field: 'high' },
          },
        },
        {
          mark: 'line',
          encoding: {
            y: {
              field: 'rate',
              type: 'quantitative',
              title: null,
              scale: { domain: [0, 1] },
              axis: { values: [0, 0.5, 1], format: '~%' },
            },
            strokeDash: { field: 'scheme', type: 'nominal', scale: { domain, range: dash } },
          },
        },
        {
          mark: { type: 'point', filled: true, size: 38, opacity: 1 },
          encoding: {
            y: { field: 'rate', type: 'quantitative' },
            shape: { field: 'scheme', type: 'nominal', scale: { domain, range: shape } },
          },
        },
        ...Object.entries(labels?.dy ?? {}).map(([scheme, dy]) => ({
          transform: [
            {
              filter: {
                and: [
                  { field: 'scheme', equal: scheme },
                  { field: 'attack', equal: labels?.attack ?? '' },
                  { field: 'strength', equal: labels?.strength ?? 0 },
                ],
              },
            },
          ],
          mark: { type: 'text' as const, align: 'left' as const, fontSize: 11, dx: labels?.dx ?? 0, dy },
          encoding: {
            y: { field: 'rate', type: 'quantitative' as const },
            text: { field: 'scheme', type: 'nominal' as const },
          },
        })),
      ],
    },
  };
}
