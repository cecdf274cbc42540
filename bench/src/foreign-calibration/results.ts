/** The results of the calibration: what was measured, with which seeds, and how it is written. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Calibration } from './levels.ts';
import type { Null } from './nulls.ts';
import type { RareShare } from './rare-level.ts';

/** What a row is about: one kind of text under random keys of one mark. */
export interface Place {
  readonly profile: string;
  readonly variant: string;
  readonly null: Null;
  readonly text: string;
}

/** What was measured there. */
export interface Row extends Place, Calibration {
  /** Of the keys; texts have one of the same form. */
  readonly seed: string;
  /** By importance sampling, of texts of 200 tokens; absent where the text is one that was chosen. */
  readonly rare?: RareShare;
}

const require = createRequire(import.meta.url);
const RESULTS = new URL('../../results/foreign-calibration.json', import.meta.url);

/** Reads the rows as they were last written; none before the first run. */
export function readRows(): Row[] {
  if (!existsSync(RESULTS)) return [];
  const { rows }: { rows: Row[] } = JSON.parse(readFileSync(RESULTS, 'utf8'));
  return rows;
}

/** Says whether two rows are of the same texts and keys. */
export function isSameRow(a: Place, b: Place): boolean {
  return a.profile === b.profile && a.variant === b.variant && a.null === b.null && a.text === b.text;
}

/** Writes the rows, one a line, with four significant digits. */
export function writeRows(rows: readonly Row[]): void {
  const versions = {
    node: process.version,
    ...Object.fromEntries(
      ['@countermark/watermark', '@countermark/detector'].map((name) => [name, versionOf(name)]),
    ),
  };
  const lines = rows.map((row) => `  ${JSON.stringify(row, shortened)}`).join(',\n');
  writeFileSync(RESULTS, `{"about": ${JSON.stringify({ versions })}, "rows": [\n${lines}\n]}\n`);
}

function versionOf(name: string): string {
  const { version }: { version: string } = JSON.parse(
    readFileSync(require.resolve(`${name}/package.json`), 'utf8'),
  );
  return version;
}

function shortened(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
