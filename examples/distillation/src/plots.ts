/** The plots of docs/radioactivity.md: log10 p against the marked share, and against tokens. */
import { SCHEME_SCALES, writePlot } from '@countermark/bench/docs/write-plot';
import { ONE_SHARE } from './lessons.ts';
import { MAIN_MARK } from './marks.ts';
import type { Probe } from './probe.ts';
import type { AuditRow, Results } from './results.ts';

const WAYS: readonly (readonly [name: string, probe: Probe])[] = [
  ['answers: 5 probabilities', { depth: 'answers', weights: 'five', filter: false }],
  ['answers, served contexts: 5 probabilities', { depth: 'answers', weights: 'five', filter: true }],
  ['reads served answers: 20 probabilities', { depth: 'served', weights: 'twenty', filter: false }],
];

interface PlotPoint {
  readonly way: string;
  readonly x: number;
  /** −log10 p. */
  readonly evidence: number;
}

/** Draws both plots for the main mark's students of n-grams. */
export async function drawPlots({ rows }: Results): Promise<void> {
  const usual = rows.filter(
    ({ kind, mark, variant }) => kind === 'n-gram' && mark === MAIN_MARK.name && variant === '',
  );
  const pointsOf = (make: (row: AuditRow) => (readonly [x: number, log10PValue: number])[]): PlotPoint[] =>
    WAYS.flatMap(([way, { depth, weights, filter }]) =>
      usual
        .filter((row) => row.depth === depth && row.weights === weights && row.filter === filter)
        .flatMap(make)
        .map(([x, log10PValue]) => ({ way, x, evidence: Math.max(0, -log10PValue) })),
    );
  const shares = pointsOf(({ share, log10PValue }) => (share === 0 ? [] : [[share, log10PValue]]));
  await writePlot(
    'radioactivity-share',
    'Evidence against the marked share of what a student of n-grams was trained on, for three ways to audit it',
    plotOf(shares, {
      title: 'marked share of the training text',
      axis: { format: '~%', values: [...new Set(shares.map(({ x }) => x))] },
    }),
  );
  const tokens = pointsOf(({ share, points }) =>
    share === ONE_SHARE ? points.map((point) => [point.tokens, point.log10PValue] as const) : [],
  );
  await writePlot(
    'radioactivity-tokens',
    'Evidence against the tokens that a student of n-grams, of whose training text 5 % was marked, wrote or read, for three ways to audit it',
    plotOf(tokens, {
      title: 'tokens written or read',
      axis: { format: ',', values: [256, 1024, 4096, 16_384] },
    }),
  );
}

function plotOf(values: PlotPoint[], { title, axis }: { title: string; axis: object }): PlotSpec {
  const domain = WAYS.map(([way]) => way);
  const way = {
    field: 'way',
    type: 'nominal',
    title: null,
    legend: { orient: 'bottom', direction: 'vertical', labelLimit: 400 },
  } as const;
  return {
    data: { values },
    width: 420,
    height: 280,
    mark: { type: 'line', point: { size: 50 } },
    encoding: {
      x: {
        field: 'x',
        type: 'quantitative',
        title,
        scale: { type: 'log' },
        axis: { ...axis, labelOverlap: false, grid: false },
      },
      y: {
        field: 'evidence',
        type: 'quantitative',
        title: 'evidence, −log₁₀ p',
        scale: { type: 'symlog' },
        axis: { values: [0, 1, 5, 10, 100, 1000, 10_000], format: ',d' },
      },
      color: { ...way, scale: { domain, range: SCHEME_SCALES.colour } },
      shape: { ...way, scale: { domain, range: SCHEME_SCALES.shape } },
      strokeDash: { ...way, scale: { domain, range: SCHEME_SCALES.dash } },
    },
  };
}

type PlotSpec = Parameters<typeof writePlot>[2];
