/** What a run measured, and the file that it goes to. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Figures } from './audit-student.ts';
import type { DiversityRow } from './diversity.ts';
import type { GroupRow } from './group-rows.ts';
import { ONE_SHARE } from './lessons.ts';
import { MAIN_MARK } from './marks.ts';
import type { Probe } from './probe.ts';
import type { ReliabilityRow } from './reliability.ts';
import type { Origin } from './suspect.ts';

/** One audit of one student. */
export interface AuditRow extends Origin, Probe, Figures {}

/** The size of a run. */
interface Setup {
  /** Answers that a student is trained on, and tokens of each. */
  readonly answers: number;
  readonly tokens: number;
  /** Answers that a student of n-grams, and a neural one, is asked for. */
  readonly asked: number;
  readonly askedNeural: number;
}

/** All of it. */
export interface Results {
  readonly setup: Setup;
  readonly rows: readonly AuditRow[];
  readonly groups: readonly GroupRow[];
  readonly diversity: readonly DiversityRow[];
  readonly reliability: readonly ReliabilityRow[];
}

/** The figures that docs/radioactivity.md shows. */
export const PUBLISHED: URL = new URL('../results.json', import.meta.url);

/** Reads results; undefined where there are none. */
export function readResults(path: URL | string): Results | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : undefined;
}

/** Writes results: a line a row, numbers to four digits after the point. How an audit went is kept of the main mark's students of 5 %. */
export function writeResults(
  path: URL | string,
  { setup, rows, groups, diversity, reliability }: Results,
): void {
  const list = (items: readonly object[]): string =>
    `[\n${items.map((item) => `    ${JSON.stringify(item, rounded)}`).join(',\n')}\n  ]`;
  writeFileSync(
    path,
    `{
  "setup": ${JSON.stringify(setup)},
  "rows": ${list(rows.map((row) => (isFollowed(row) ? row : { ...row, points: [] })))},
  "groups": ${list(groups)},
  "diversity": ${list(diversity)},
  "reliability": ${list(reliability)}
}
`,
  );
}

function isFollowed({ mark, share }: AuditRow): boolean {
  return mark === MAIN_MARK.name && share === ONE_SHARE;
}

function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1e4) / 1e4 : value;
}
