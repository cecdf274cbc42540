import { writeBlocks } from '@countermark/bench/docs/generated-block';
import type { Results } from './results.ts';
import { innocentsTable, tablesOf } from './tables.ts';

/** Writes the tables of results into the documentation. */
export function writePage(results: Results): void {
  writeBlocks('radioactivity.md', tablesOf(results));
  writeBlocks('statistics.md', { 'distillation-innocents': innocentsTable(results) });
}
