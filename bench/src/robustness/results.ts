/** The result file of the robustness benchmark: what is measured, and how it is written. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { AttackRow, Outcome, Quality } from '@countermark/evaluation';

/** What was measured for one scheme under one way to sample. */
export interface Condition {
  readonly scheme: string;
  readonly sampling: string;
  /** Marked answers that are tokenized to the ids that were generated. */
  readonly canonical: number;
  readonly quality: Quality;
  readonly rows: readonly ResultRow[];
}

/** One attack of one strength, read in one way. */
export interface ResultRow extends Pick<AttackRow, 'attack' | 'strength' | 'reading' | 'touched'> {
  readonly marked: Omit<Outcome, 'rate'>;
  readonly unmarked: Control;
  readonly wrongKey: Control;
}

/** An attack on `gumbel` with one context width. */
export interface WidthRow extends ResultRow {
  readonly sampling: string;
  readonly contextWidth: number;
}

type Control = Pick<Outcome, 'documents' | 'detected' | 'inconclusive' | 'smallestLog10PValue'>;

/** All that was measured. */
export interface Results {
  readonly command: string;
  readonly answers: number;
  readonly answersEach: number;
  readonly tokens: number;
  readonly alpha: number;
  readonly minTokens: number;
  readonly commonShare: number;
  readonly contextWidth: number;
  /** What strength counts, for each attack in the order of the tables. */
  readonly units: Readonly<Record<string, string>>;
  readonly conditions: readonly Condition[];
  /** The same attacks, read by their text, on marks of several context widths. */
  readonly widths: readonly WidthRow[];
}

/** Where the results lie. */
const RESULTS = new URL('../../results/robustness.json', import.meta.url);

/** Reads the results as they were last written. */
export function readResults(): Results {
  const { about, conditions, widths } = JSON.parse(readFileSync(RESULTS, 'utf8'));
  return {
    ...about,
    widths,
    conditions: conditions.map(({ condition, rows }: { condition: object; rows: ResultRow[] }) => ({
      ...condition,
      rows,
    })),
  };
}

/** Keeps what the tables and their tests need of a row. */
export function resultRow({ attack, strength, reading, touched, marked, ...controls }: AttackRow): ResultRow {
  const { rate: _, ...outcome } = marked;
  return {
    attack,
    strength,
    reading,
    touched,
    marked: outcome,
    unmarked: controlOf(controls.unmarked),
    wrongKey: controlOf(controls.wrongKey),
  };
}

function controlOf({ documents, detected, inconclusive, smallestLog10PValue }: Outcome): Control {
  return { documents, detected, inconclusive, smallestLog10PValue };
}

/** Writes the results, one row a line, with five significant digits. */
export function writeResults(results: Results): void {
  const { conditions, widths, ...head } = results;
  const lines = (rows: readonly object[], indent: string): string =>
    rows.map((row) => `${indent}${json(row)}`).join(',\n');
  const blocks = conditions.map(({ rows, ...rest }) => {
    return `  {"condition": ${json(rest)}, "rows": [\n${lines(rows, '    ')}\n  ]}`;
  });
  writeFileSync(
    RESULTS,
    `{"about": ${json(head)}, "conditions": [\n${blocks.join(',\n')}\n], "widths": [\n${lines(widths, '  ')}\n]}\n`,
  );
}

function json(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    typeof part === 'number' && !Number.isInteger(part) ? Number(part.toPrecision(5)) : part,
  );
}
