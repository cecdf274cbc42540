/** Scanning as whoever runs it names it. */
import { programBeside } from '@countermark/host';
import type { Part } from '../parts/part.ts';
import type { S3Access } from '../parts/s3/s3-access.ts';
import type { RunOptions as ShardRunOptions, RunState as ShardRunState } from '../shards/shard-run.ts';
import { ShardRunner } from '../shards/shard-runner.ts';

/** Everything that all shards of a scan have in common. Stays inside the process: it holds secrets. */
export interface WorkerSetup {
  /** Text of the manifest's file. */
  readonly manifest: string;
  /** Texts of the key files, in the manifest's order. */
  readonly keyFiles: readonly string[];
  /** Names or paths of tokenizers. */
  readonly tokenizers: readonly string[];
  /** Where the parts go: a directory, or `s3://bucket/prefix`. */
  readonly parts: string;
  /** How stores are reached; needed for `s3://` only. */
  readonly s3?: S3Access;
  readonly strict: boolean;
}

/** What a scan counts: documents, their tokens, bytes read of files as they lie there, and documents with p ≤ 1e-6, uncorrected. */
export const SCAN_COUNTERS = ['documents', 'tokens', 'bytes', 'strong'] as const;
export type ScanCounter = (typeof SCAN_COUNTERS)[number];

/** At or below this a document counts as a detection so far. */
export const LOG10_STRONG = -6;

/** What is told of a shard when its part is published. */
export interface ScanOutcome {
  readonly shard: number;
  readonly documents: number;
  readonly tokens: number;
  /** Records that could not be read. */
  readonly failed: number;
  /** Bytes read of the file as it lies there. */
  readonly bytes: number;
  /** Documents with p ≤ 1e-6, uncorrected. */
  readonly strong: number;
}

/** What a part says of its shard: the same when it is made and whenever it is read. */
export function outcomeOf({ shard, tokens, bytes, documents, failed }: Part): ScanOutcome {
  let strong = 0;
  for (let i = 0; i < documents.length; i++) {
    if (documents.row(i).log10PValue <= LOG10_STRONG) strong++;
  }
  return { shard, documents: documents.length, tokens, failed: failed.records, bytes, strong };
}

export type RunState = ShardRunState<ScanCounter>;
export type RunOptions = ShardRunOptions<ScanOutcome, ScanCounter>;
/** Threads that scan. */
export type ScanRunner = ShardRunner<ScanOutcome, ScanCounter>;

/** Opens threads that scan: see {@link ShardRunner}. They are to be closed. */
export function openScanRunner(setup: WorkerSetup, threads: number): ScanRunner {
  const { parts: location, s3 } = setup;
  return new ShardRunner(
    {
      program: programBeside(import.meta.url, './worker.js'),
      counters: SCAN_COUNTERS,
      setup,
      place: { location, ...(s3 === undefined ? {} : { s3 }) },
    },
    threads,
  );
}

/**
 * Scans shards in worker threads that are ended with it: see {@link ShardRunner.run}.
 *
 * @throws as that does.
 */
export async function runShards(
  setup: WorkerSetup,
  shards: readonly number[],
  options: RunOptions,
): Promise<void> {
  const runner = openScanRunner(setup, options.threads);
  try {
    await runner.run(shards, options);
  } finally {
    await runner.close();
  }
}
