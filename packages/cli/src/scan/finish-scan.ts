import {
  type AccountList,
  type Manifest,
  type PartSurvey,
  type ScanSummary,
  writeResult,
} from '@countermark/corpus';
import { writeData, writeJson } from '../output.ts';
import { closeTokenizers } from '../tokenizers.ts';
import { describeScan } from './describe-scan.ts';
import { openScanTools, type ScanKeys } from './open-scan.ts';
import { type ResultOptions, reproduceCommand, stoppedCommand } from './reproduce-command.ts';

/** What a result is made of. */
export interface Finish {
  readonly manifest: Manifest;
  readonly survey: PartSurvey;
  readonly keys: ScanKeys;
  readonly accounts: AccountList | undefined;
  /** Where the result goes. */
  readonly directory: string;
  readonly format: 'text' | 'json';
  /** What the result depends on beside the manifest, for the command that gives it again. */
  readonly options: ResultOptions;
  /** Only the first shards, where the evidence sufficed. */
  readonly shards?: number;
  /** Whether it would have stopped where the evidence sufficed. */
  readonly watched?: boolean;
}

/** Merges a scan's parts, writes the three files of its result, and prints what was found. */
export async function finishScan(finish: Finish): Promise<ScanSummary> {
  const { manifest, survey, keys, accounts, directory, format, options, shards, watched = false } = finish;
  const tools = await openScanTools(manifest, keys);
  try {
    const summary = await writeResult(manifest, survey, tools, directory, {
      ...(accounts === undefined ? {} : { accounts }),
      ...(shards === undefined ? {} : { shards }),
      watched,
      command: shards === undefined ? reproduceCommand(options) : stoppedCommand(),
    });
    if (format === 'json') await writeJson(summary);
    else await writeData(`${describeScan(summary, directory)}\n`);
    return summary;
  } finally {
    closeTokenizers(tools.tokenizers);
  }
}
