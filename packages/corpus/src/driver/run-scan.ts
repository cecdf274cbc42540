import { checkOptionNames, type OptionNames } from '@countermark/watermark';
import { formatManifest, type Manifest, manifestDigest } from '../manifest/manifest.ts';
import type { Part } from '../parts/part.ts';
import { PartStore } from '../parts/part-store.ts';
import type { S3Access } from '../parts/s3/s3-access.ts';
import { type RunOptions, runShards, type WorkerSetup } from '../scan/scan-work.ts';
import { EvidenceWatch } from './evidence-watch.ts';
import { missingShards } from './missing-shards.ts';

/** A scan as whoever drives it has it. Stays inside the process: it holds secrets. */
export interface DrivenScan {
  readonly manifest: Manifest;
  /** Texts of the key files. */
  readonly keyFiles: readonly string[];
  /** Names or paths of tokenizers. */
  readonly tokenizers: readonly string[];
}

/** Where the parts of a scan go, and how they are made. */
export interface DrivenParts {
  /** A directory that is there, or `s3://bucket/prefix`. */
  readonly parts: string;
  /** How stores are reached; needed for `s3://` only. */
  readonly s3?: S3Access;
  /** Whether the first record that cannot be read ends the scan (default false). */
  readonly strict?: boolean;
}

/** How a scan is run. */
export interface DriveOptions extends RunOptions {
  /** Told which shards are scanned now, before the first is begun. */
  readonly onBegin?: (missing: readonly number[]) => void;
  /** Told each part that is there, in the order of the shards; returns whether the scan may stop. */
  readonly isEnough?: (part: Part) => boolean;
}

const OPTIONS: OptionNames<DriveOptions> = {
  threads: true,
  timeLimitMs: true,
  onProgress: true,
  onRefused: true,
  onFinished: true,
  signal: true,
  onBegin: true,
  isEnough: true,
};

/** Makes what threads that scan are started with. */
export function scanSetup(
  { manifest, keyFiles, tokenizers }: DrivenScan,
  { parts, s3, strict = false }: DrivenParts,
): WorkerSetup {
  return {
    manifest: formatManifest(manifest),
    keyFiles,
    tokenizers,
    parts,
    ...(s3 === undefined ? {} : { s3 }),
    strict,
  };
}

/**
 * Scans what is missing of some shards.
 *
 * @returns how many of the shards have parts now, from the first on: all, unless the evidence sufficed.
 * @throws as {@link missingShards} and `ShardRunner.run` do; what a part could not be read for.
 */
export async function runScan(
  scan: DrivenScan,
  place: DrivenParts,
  shards: readonly number[],
  given: DriveOptions,
): Promise<number> {
  checkOptionNames(given, OPTIONS, 'runScan');
  const { onBegin, isEnough, signal, ...options } = given;
  const store = new PartStore(place.parts, manifestDigest(scan.manifest), place.s3);
  const missing = await missingShards(store, shards, signal === undefined ? {} : { signal });
  onBegin?.(missing);
  if (isEnough === undefined) {
    if (missing.length > 0)
      await runShards(scanSetup(scan, place), missing, {
        ...options,
        ...(signal === undefined ? {} : { signal }),
      });
    return shards.length;
  }
  const watch = new EvidenceWatch(store, shards, isEnough);
  await watch.look();
  if (missing.length > 0 && !watch.signal.aborted) {
    try {
      await runShards(scanSetup(scan, place), missing, {
        ...options,
        signal: AbortSignal.any([...(signal === undefined ? [] : [signal]), watch.signal]),
        onFinished(outcome) {
          options.onFinished?.(outcome);
          watch.lookMeanwhile();
        },
      });
    } catch (error) {
      if (!watch.isStopped(error)) throw error;
    }
  }
  await watch.look();
  return watch.enough ?? shards.length;
}
