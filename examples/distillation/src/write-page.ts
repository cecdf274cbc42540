import { writeBlocks } from '@countermark/bench/docs/generated-block';
import { drawPlots } from './plots.ts';
import type { Results } from './results.ts';
import { innocentsTable, tablesOf } from './tables.ts';

/** Writes the tables and plots of results into the documentation. */
export async function writePage(results: Results): Promise<void> {
  writeBlocks('radioactivity.md', tablesOf(results));
  writeBlocks('statistics.md', { 'distillation-innocents': innocentsTable(results) });
  await drawPlots(results);
}
