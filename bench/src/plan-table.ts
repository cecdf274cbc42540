// Writes the table and the plot of docs/statistics.md, section 13: scored tuples that a detection takes.
import { planTokens } from '@countermark/detector/plan';
import type { SchemeParams } from '@countermark/watermark';
import { markdownTable, writeBlocks } from './docs/generated-block.ts';
import { SCHEME_SCALES, writePlot } from './docs/write-plot.ts';

const SCHEMES: readonly SchemeParams[] = [
  { kind: 'gumbel' },
  { kind: 'green-list', gamma: 0.25, delta: 2 },
  { kind: 'tournament', depth: 30 },
];
const ENTROPIES = [0.5, 1, 2, 3.5];
const SHARES = [1, 0.5, 0.2, 0.1, 0.05];
// The slope of a line of tuples that grow with the square of the share, in degrees on the page.
const LABEL_ANGLE = 44;

const plans = ENTROPIES.flatMap((entropy) =>
  SHARES.flatMap((share) =>
    SCHEMES.map((scheme) => ({
      entropy,
      share,
      scheme: scheme.kind,
      scored: planTokens({ scheme, entropy, share }).scored,
    })),
  ),
);

writeBlocks('statistics.md', {
  'plan-table': markdownTable(
    ['entropy, nats', 'marked share', ...SCHEMES.map(({ kind }) => kind)],
    ENTROPIES.flatMap((entropy) =>
      SHARES.map((share) => [
        String(entropy),
        String(share),
        ...plans
          .filter((plan) => plan.entropy === entropy && plan.share === share)
          .map(({ scored }) => scored.toLocaleString('en')),
      ]),
    ),
  ),
});

const { domain, colour, shape, dash } = SCHEME_SCALES;
await writePlot(
  'plan',
  'Scored tuples that a detection takes, against the marked share of the text, for four entropies and three schemes',
  {
    data: { values: plans },
    facet: {
      column: {
        field: 'entropy',
        type: 'ordinal',
        title: null,
        header: { labelExpr: "datum.value + ' nats a token'" },
      },
    },
    spec: {
      width: 165,
      height: 250,
      encoding: {
        x: {
          field: 'share',
          type: 'quantitative',
          title: 'marked share of the text',
          scale: { type: 'log', domain: [0.045, 1.1] },
          axis: { values: SHARES, format: '~%', labelOverlap: false, grid: false },
        },
        y: {
          field: 'scored',
          type: 'quantitative',
          title: 'scored tuples for a power of 0.9 at 1e-6',
          scale: { type: 'log', domain: [40, 700_000] },
          axis: { values: [50, 100, 1000, 10_000, 100_000], format: ',' },
        },
        color: { field: 'scheme', type: 'nominal', scale: { domain, range: colour }, legend: null },
      },
      layer: [
        {
          mark: 'line',
          encoding: {
            strokeDash: { field: 'scheme', type: 'nominal', scale: { domain, range: dash }, legend: null },
          },
        },
        {
          mark: { type: 'point', filled: true, size: 45, opacity: 1 },
          encoding: {
            shape: { field: 'scheme', type: 'nominal', scale: { domain, range: shape }, legend: null },
          },
        },
        // Along the lines, which fall alike in all panels.
        ...domain.map((scheme) => ({
          transform: [
            {
              filter: {
                and: [
                  { field: 'share', equal: 0.1 },
                  { field: 'scheme', equal: scheme },
                ],
              },
            },
          ],
          mark: {
            type: 'text' as const,
            angle: LABEL_ANGLE,
            fontSize: 11,
            dy: scheme === 'gumbel' ? 12 : -10,
          },
          encoding: { text: { field: 'scheme', type: 'nominal' as const } },
        })),
      ],
    },
  },
);
