/** What a worker is told, and how it tells where it is. */
import type { RecordFailure } from '../documents/document.ts';
import type { S3Access } from '../parts/s3/s3-access.ts';
import type { WorkerError } from './worker-error.ts';

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

/** One shard's work. */
export interface ScanTask {
  readonly shard: number;
  readonly refused: readonly RecordFailure[];
  /** Where the worker leaves its counters: see {@link SLOTS}. */
  readonly counters: SharedArrayBuffer;
  /** Where it says which record it is at: see `work-clock.ts`. */
  readonly clock: SharedArrayBuffer;
}

/** What a worker says when a part is published. */
export interface ScanOutcome {
  readonly shard: number;
  readonly documents: number;
  readonly tokens: number;
  readonly failed: number;
  /** Bytes read of the file as it lies there. */
  readonly bytes: number;
  /** Documents with p ≤ 1e-6, uncorrected. */
  readonly strong: number;
}

/** What a worker answers: errors would lose their class and code on the way. */
export type ScanAnswer =
  | { readonly outcome: ScanOutcome; readonly error?: undefined }
  | { readonly outcome?: undefined; readonly error: WorkerError };

/** Numbers in a worker's counters. */
export const SLOTS = {
  documents: 0,
  tokens: 1,
  bytes: 2,
  /** Documents with p ≤ 1e-6. */
  strong: 3,
  length: 4,
} as const;

/** Below this a document counts as a detection so far. */
export const LOG10_STRONG = -6;
