import type { AccountList, ScanSummary } from '@countermark/corpus';
import { type DrivenScan, type FinishPlaces, finishScan } from '@countermark/corpus/driver';
import { writeData, writeJson } from '../output.ts';
import { describeScan } from './describe-scan.ts';
import { type ResultOptions, reproduceCommand, stoppedCommand } from './reproduce-command.ts';

/** What a result is made of. */
export interface Finish extends FinishPlaces {
  readonly scan: DrivenScan;
  readonly accounts: AccountList | undefined;
  readonly format: 'text' | 'json';
  /** What the result depends on beside the manifest, for the command that gives it again. */
  readonly options: ResultOptions;
  /** Threads that read parts. */
  readonly threads: number;
  /** Only the first shards, where the evidence sufficed. */
  readonly shards?: number;
  /** Whether it would have stopped where the evidence sufficed. */
  readonly watched?: boolean;
}

/** Merges a scan's parts, writes the three files of its result, and prints what was found. */
export async function printResult(finish: Finish): Promise<ScanSummary> {
  const { scan, accounts, directory, format, options, threads, shards, watched = false } = finish;
  const summary = await finishScan(scan, finish, {
    ...(accounts === undefined ? {} : { accounts }),
    ...(options.documents === undefined ? {} : { documents: options.documents }),
    ...(options.documentsPerFile === undefined ? {} : { documentsPerFile: options.documentsPerFile }),
    threads,
    ...(shards === undefined ? {} : { shards }),
    watched,
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.date === undefined ? {} : { date: options.date }),
    command: shards === undefined ? reproduceCommand(options) : stoppedCommand(),
  });
  if (format === 'json') await writeJson(summary);
  else await writeData(`${describeScan(summary, directory, tableOf(options))}\n`);
  return summary;
}

function tableOf({ documents, documentsPerFile }: ResultOptions): string | undefined {
  if (documents === 'none') return undefined;
  return documentsPerFile === undefined ? 'documents.parquet' : 'documents-*.parquet';
}
