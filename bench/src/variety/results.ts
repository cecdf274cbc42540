/** What was measured of variety, and how it is written. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Estimate, Variety } from '@countermark/evaluation';

/** Answers to one prompt with and without the mark. */
export interface OpeningRow {
  readonly sampling: string;
  readonly kind: 'text' | 'chat';
  readonly prompt: string;
  readonly unmarked: Variety;
  readonly atOnce: Variety;
  readonly marked: Variety;
}

/** What starting later costs: mean log10 p of answers to all prompts, and the share that is lost. */
export interface EvidenceRow {
  readonly sampling: string;
  readonly answers: number;
  readonly tokens: number;
  readonly atOnce: number;
  readonly marked: number;
  /** Of the evidence of marks from the first token on, with a 95 % interval that resamples answers. */
  readonly lost: Estimate;
}

/** One point of the curve. */
export interface CurveRow {
  readonly sampling: string;
  /** The setting, or `no mark`. */
  readonly name: string;
  readonly prompts: number;
  readonly answers: number;
  readonly tokens: number;
  /** Mean −log10 p of an answer; absent without a mark. */
  readonly evidence?: number;
  /** Share of answers with a p-value of at most 1e-6; absent without a mark. */
  readonly detected?: number;
  /** Share of steps that were not marked because their context had occurred before; absent without a mark. */
  readonly repeated?: number;
  /** Mean over prompts of the share of 6-grams that another answer has. */
  readonly shared: number;
  /** Least over prompts of the share of different beginnings of 8 tokens. */
  readonly leastOpenings: number;
}

/** All of it. */
export interface VarietyResults {
  readonly openings: readonly OpeningRow[];
  readonly evidence: readonly EvidenceRow[];
  readonly curve: readonly CurveRow[];
}

const RESULTS = new URL('../../results/variety.json', import.meta.url);

/** Reads the results as they were last written; none before the first run. */
export function readResults(): VarietyResults {
  if (!existsSync(RESULTS)) return { openings: [], evidence: [], curve: [] };
  return JSON.parse(readFileSync(RESULTS, 'utf8')) as VarietyResults;
}

/** Writes the results, a row a line, with four significant digits. */
export function writeResults(results: VarietyResults): void {
  const parts = Object.entries(results).map(
    ([name, rows]) =>
      `"${name}": [\n${rows.map((row: object) => `  ${JSON.stringify(row, shortened)}`).join(',\n')}\n]`,
  );
  writeFileSync(RESULTS, `{\n${parts.join(',\n')}\n}\n`);
}

function shortened(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
