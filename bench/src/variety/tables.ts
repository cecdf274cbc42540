/** The tables of docs/choices.md that are about variety. */
import { quantileOf, type Variety } from '@countermark/evaluation';
import { markdownTable, writeBlocks } from '../docs/generated-block.ts';
import type { CurveRow, EvidenceRow, OpeningRow, VarietyResults } from './results.ts';

/** Writes them. */
export function writeTables({ openings, evidence, curve }: VarietyResults): void {
  writeBlocks('choices.md', {
    'variety-openings': openingsTable(openings),
    'variety-evidence': evidenceTable(evidence),
    'variety-curve': curveTable(curve),
  });
}

function openingsTable(rows: readonly OpeningRow[]): string {
  const samplings = [...new Set(rows.map(({ sampling }) => sampling))];
  const kinds = ['text', 'chat'] as const;
  const marks = [
    ['none', 'unmarked'],
    ['from the first token', 'atOnce'],
    ['the default', 'marked'],
  ] as const;
  const lines = samplings.flatMap((sampling) =>
    kinds.flatMap((kind) =>
      marks.map(([name, field]) => {
        const those = rows.filter((row) => row.sampling === sampling && row.kind === kind);
        const figures = (of: (variety: Variety) => number): number[] => those.map((row) => of(row[field]));
        const openings = (i: number): string[] => {
          const shares = figures((variety) => variety.openings[i] as number);
          return [percent(quantileOf(shares, 0)), percent(quantileOf(shares, 0.5))];
        };
        const shared = figures((variety) => variety.shared[1] as number);
        return [
          ...[sampling, kind, name, ...openings(0), ...openings(1), ...openings(2)],
          percent(quantileOf(shared, 0.5)),
          percent(quantileOf(shared, 1)),
        ];
      }),
    ),
  );
  const head = [
    'sampling',
    'prompts',
    'mark',
    '4: least',
    'median',
    '8: least',
    'median',
    '16: least',
    'median',
  ];
  return markdownTable([...head, '6-grams: median', 'most'], lines);
}

function evidenceTable(rows: readonly EvidenceRow[]): string {
  return markdownTable(
    ['sampling', 'answers', 'tokens of each', 'from the first token, mean log10 p', 'the default', 'lost'],
    rows.map(({ sampling, answers, tokens, atOnce, marked, lost }) => [
      ...[sampling, String(answers), String(tokens), minus(atOnce), minus(marked)],
      `${percent(lost.value)} (${percent(lost.low)} to ${percent(lost.high)})`,
    ]),
  );
}

function curveTable(rows: readonly CurveRow[]): string {
  const samplings = [...new Set(rows.map(({ sampling }) => sampling))];
  const names = [...new Set(rows.map(({ name }) => name))];
  const cellsOf = (name: string): string[] =>
    samplings.flatMap((sampling) => {
      const row = rows.find((each) => each.sampling === sampling && each.name === name);
      if (row === undefined) return ['', '', '', '', ''];
      const { evidence, detected, repeated, shared, leastOpenings } = row;
      return [
        evidence?.toFixed(1) ?? '',
        ...[detected, shared, leastOpenings, repeated].map((value) =>
          value === undefined ? '' : percent(value),
        ),
      ];
    });
  const head = samplings.flatMap((name) => [
    `${name}: −log10 p`,
    'detected',
    'shared 6-grams',
    'openings of 8, least',
    'repeated contexts',
  ]);
  return markdownTable(
    ['mark', ...head],
    names.map((name) => [name, ...cellsOf(name)]),
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1).replace('-', '−')} %`;
}

function minus(value: number): string {
  return value.toFixed(1).replace('-', '−');
}
