/** The plots of the documentation show what its tables do: each mark of an SVG file carries its data as a label. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The labels of a plot's marks that match, as often as they occur, sorted. */
function labels(plot: string, pattern: RegExp): string[] {
  const all = Array.from(plot.matchAll(/aria-label="([^"]*)"/g), ([, label = '']) => label);
  return all.flatMap((label) => pattern.exec(label)?.[0] ?? []).sort();
}

const Results = z.looseObject({
  conditions: z.array(
    z.looseObject({
      condition: z.looseObject({ scheme: z.string(), sampling: z.string() }),
      rows: z.array(
        z.looseObject({
          attack: z.string(),
          reading: z.string(),
          marked: z.looseObject({ interval: z.strictObject({ low: z.number(), high: z.number() }) }),
        }),
      ),
    }),
  ),
});
const { conditions } = Results.parse(JSON.parse(read('bench/results/robustness.json')));

// The panels of a plot of rates.
const PANELS = [
  ...[
    'delete',
    'insert',
    'substitute',
    'swap',
    'case',
    'punctuation',
    'truncate',
    'homoglyph',
    'mix',
    'splice',
  ].map((attack) => [attack, 'text']),
  ['mix', 'regions'],
  ['splice', 'regions'],
];

describe.each([
  ['0.8', 'temperature 0.8'],
  ['0.5', 'temperature 0.5, top-p 0.9'],
])('docs/plots/robustness-%s.svg', (name, sampling) => {
  it('has the interval of every measured rate, and no other', () => {
    const expected = conditions
      .filter(({ condition }) => condition.sampling === sampling)
      .flatMap(({ condition, rows }) =>
        PANELS.flatMap(([attack, reading]) =>
          rows
            .filter((row) => row.reading === reading && (row.attack === attack || row.attack === 'none'))
            .map(({ marked: { interval } }) => {
              return `low: ${interval.low}; high: ${interval.high}; scheme: ${condition.scheme}`;
            }),
        ),
      );
    expect(labels(read(`docs/plots/robustness-${name}.svg`), /low: .*$/)).toEqual(expected.sort());
  });
});

describe('docs/plots/plan.svg', () => {
  it('has a point for every number of the table in docs/statistics.md', () => {
    const block =
      read('docs/statistics.md').split('<!-- generated: plan-table -->')[1]?.split('<!-- end -->')[0] ?? '';
    const [head = [], , ...rows] = block
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.slice(2, -2).split(' | '));
    expect(rows).toHaveLength(20);
    const expected = rows.flatMap(([, share, ...plans]) =>
      plans.map((scored, i) => {
        return `share of the text: ${100 * Number(share)}%; scored tuples for a power of 0.9 at 1e-6: ${scored}; scheme: ${head[i + 2]}`;
      }),
    );
    const shown = labels(read('docs/plots/plan.svg'), /share of the text: .*; scored tuples.*; scheme: .*$/);
    // Some points have the same values in two panels, and some are labelled.
    expect([...new Set(shown)]).toEqual([...new Set(expected)].sort());
  });
});

describe('every plot', () => {
  it.each(['plan', 'robustness-0.8', 'robustness-0.5'])(
    '%s says what it shows, and is drawn for dark pages too',
    (name) => {
      const plot = read(`docs/plots/${name}.svg`);
      expect(plot).toMatch(
        /^<svg role="img" [^>]*><title>[^<]{20,}<\/title><style>@media \(prefers-color-scheme: dark\)/,
      );
      // Nothing is loaded from elsewhere.
      expect(plot).not.toMatch(/(?:href|src)="|url\((?!#)|@import/);
    },
  );
});
