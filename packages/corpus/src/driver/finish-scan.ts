import { availableParallelism } from 'node:os';
import type { Manifest } from '../manifest/manifest.ts';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { surveyParts } from '../parts/part-store.ts';
import type { S3Access } from '../parts/s3/s3-access.ts';
import { type ResultOptions, writeResult } from '../report/write-result.ts';
import { openTools } from '../scan/open-tools.ts';
import type { DrivenScan } from './run-scan.ts';

/** Where a result comes from, and goes. */
export interface FinishPlaces {
  /** Where parts are: directories, or `s3://bucket/prefix`. */
  readonly parts: readonly string[];
  /** How stores are reached; needed for `s3://` only. */
  readonly s3?: S3Access | undefined;
  /** Where the three files of the result go. */
  readonly directory: string;
}

/** Bytes of a corpus for which another thread that reads parts is worth its start. */
const THREAD_BYTES = 2 ** 28;

/** How many threads read the parts of a scan best: one a core, and fewer where there is little to read. */
export function mergeThreads({ shards, files }: Manifest, most: number = availableParallelism()): number {
  const bytes = shards.reduce((sum, shard) => sum + (shard.bytes ?? files[shard.file]?.size ?? 0), 0);
  return Math.min(most, 1 + Math.floor(bytes / THREAD_BYTES));
}

/**
 * Unites the parts of a scan into its result.
 *
 * @throws {CorpusError} `parts-unfit` if they do not make a whole scan, or the keys are not the plan's; `unreadable` if a store does not answer.
 * @throws {WatermarkError} if a key file or tokenizer cannot be read.
 */
export async function finishScan(
  { manifest, keyFiles, tokenizers }: DrivenScan,
  { parts, s3, directory }: FinishPlaces,
  options: ResultOptions = {},
): Promise<ScanSummary> {
  const survey = await surveyParts(parts, manifest.shards.length, s3);
  const tools = await openTools(manifest, keyFiles, tokenizers);
  try {
    return await writeResult(manifest, survey, tools, directory, options);
  } finally {
    for (const tokenizer of tools.tokenizers) tokenizer.close();
  }
}
