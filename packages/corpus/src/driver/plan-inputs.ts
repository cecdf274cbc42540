import { randomBytes } from 'node:crypto';
import { type DetectOptions, detectReadings, type ReadingWishes } from '../inputs/detect-reading.ts';
import { expandInputs, type Inputs } from '../inputs/expand-inputs.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { type PlannedKey, planScan, type ScanPlanOptions } from '../manifest/plan-scan.ts';

/** What a scan is of: files by their very names, or what the user named, of which somebody may still choose. */
export type ScanSource =
  | { readonly files: readonly string[] }
  | {
      readonly inputs: readonly string[];
      /** Looks at the files that were found before any is opened, and returns those that are scanned. */
      readonly choose: (found: Inputs) => readonly string[] | Promise<readonly string[]>;
    };

/** How inputs are planned. */
export interface InputPlanOptions {
  readonly reading: ReadingWishes;
  readonly plan: Omit<ScanPlanOptions, 'signal'>;
  /** Told how each file is read, in the order of the files. */
  readonly onDetected?: DetectOptions['onDetected'];
  readonly signal?: AbortSignal;
}

/**
 * Chooses where the random choices of a plan come from, once: whoever plans again with it draws the same.
 *
 * @param earlier seed of an earlier plan of the same scan, to go on with it.
 * @returns 64 hex digits; undefined if nothing is chosen at random.
 */
export function chooseSeed(
  { seed, sample, decoys }: Pick<ScanPlanOptions, 'seed' | 'sample' | 'decoys'>,
  earlier?: string,
): string | undefined {
  const isNeeded = sample !== undefined || decoys !== undefined;
  return seed ?? earlier ?? (isNeeded ? randomBytes(32).toString('hex') : undefined);
}

/**
 * Plans a scan from what the user named: finds the files, finds out how each is read, and freezes it all.
 *
 * @throws {CorpusError} if an input cannot be read.
 * @throws {RangeError} if an option is out of range.
 */
export async function planInputs(
  keys: readonly PlannedKey[],
  source: ScanSource,
  { reading, plan, onDetected, signal }: InputPlanOptions,
): Promise<Manifest> {
  const locations = 'files' in source ? source.files : await source.choose(await expandInputs(source.inputs));
  const stop = signal === undefined ? {} : { signal };
  const files = await detectReadings(locations, reading, {
    ...stop,
    ...(onDetected === undefined ? {} : { onDetected }),
  });
  return planScan(keys, files, { ...plan, ...stop });
}
