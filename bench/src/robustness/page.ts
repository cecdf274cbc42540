import { writeBlocks } from '../docs/generated-block.ts';
import { writeRatePlots } from './rate-plots.ts';
import type { Results } from './results.ts';
import {
  baselineTable,
  controlsTable,
  editsTable,
  hiddenTable,
  intervalLines,
  mixingTable,
  qualityTable,
  strengthLines,
  wholeTextTable,
  widthsTable,
} from './tables.ts';

/** Writes the tables and plots of docs/robustness.md from the results. */
export async function renderPage(results: Results): Promise<void> {
  const [hot = '', cool = ''] = [...new Set(results.conditions.map(({ sampling }) => sampling))];
  writeBlocks('robustness.md', {
    strengths: strengthLines(results),
    intervals: intervalLines(results),
    baseline: baselineTable(results),
    'edits-0.8': editsTable(results, hot),
    'edits-0.5': editsTable(results, cool),
    'mixing-0.8': mixingTable(results, hot),
    'mixing-0.5': mixingTable(results, cool),
    hidden: hiddenTable(results, hot),
    'whole-text': wholeTextTable(results),
    widths: widthsTable(results),
    controls: controlsTable(results),
    quality: qualityTable(results),
  });
  await writeRatePlots(results);
}
