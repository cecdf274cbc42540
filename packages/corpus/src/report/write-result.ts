import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '@countermark/host';
import { REPORT, SUMMARY } from '../files/scan-files.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { type MergeOptions, mergeScan } from '../merge/merge-scan.ts';
import type { ScanSummary } from '../merge/scan-summary.ts';
import type { PartSurvey } from '../parts/part-store.ts';
import type { ScanTools } from '../scan/shard-scan.ts';
import { htmlScanReport } from './html-scan-report.ts';
import type { ReportOrigin } from './in-short-section.ts';

/** How a result is made and shown. */
export interface ResultOptions extends MergeOptions, ReportOrigin {
  /** The command that gives the same result again. */
  readonly command?: string;
}

/**
 * Merges a scan's parts and writes the three files of its result: the table, the summary and the page.
 *
 * @param directory where they go; made if it is not there.
 * @throws as {@link mergeScan} does.
 */
export async function writeResult(
  manifest: Manifest,
  survey: PartSurvey,
  tools: ScanTools,
  directory: string,
  options: ResultOptions = {},
): Promise<ScanSummary> {
  await mkdir(directory, { recursive: true });
  const { command, name, date, ...merge } = options;
  const { summary, heatMaps } = await mergeScan(manifest, survey, tools, directory, merge);
  await writeWhole(join(directory, SUMMARY), `${JSON.stringify(summary, null, 1)}\n`);
  await writeWhole(
    join(directory, REPORT),
    htmlScanReport(summary, heatMaps, {
      ...(command === undefined ? {} : { command }),
      ...(manifest.command === undefined ? {} : { planCommand: manifest.command }),
      ...(name === undefined ? {} : { name }),
      ...(date === undefined ? {} : { date }),
    }),
  );
  return summary;
}
