import { randomBytes } from 'node:crypto';
import { checkOptionNames, type OptionNames } from '@countermark/watermark';
import { CorpusError } from '../errors.ts';
import { type DetectOptions, detectFileLayouts } from '../inputs/detect-file-layout.ts';
import { expandInputs, type Inputs } from '../inputs/expand-inputs.ts';
import type { FileWishes } from '../inputs/file-wishes.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { type PlannedKey, planScan, type ScanPlanOptions } from '../manifest/plan-scan.ts';

/** What a scan is of: files by their very names, or what the user named, of which somebody may still choose. */
export type ScanSource =
  | { readonly files: readonly string[] }
  | {
      readonly inputs: readonly string[];
      /** Looks at what was found before any of it is opened, and returns what is left of it. */
      readonly choose: (found: Inputs) => Inputs | Promise<Inputs>;
    };

/** How inputs are planned. */
export interface InputPlanOptions {
  readonly reading: FileWishes;
  /** What is wished for one file, beside what is for all. */
  readonly wishesFor?: (location: string) => FileWishes;
  /** Which of the files that are found are left out, and by which patterns. */
  readonly exclude?: {
    readonly patterns: readonly string[];
    readonly matches: (location: string) => boolean;
  };
  /** Whether the user said that inputs which cannot be read may be left out. */
  readonly acceptUnread?: boolean;
  readonly plan: Omit<ScanPlanOptions, 'signal' | 'leftOut'>;
  /** Told how each file is read, in the order of the files. */
  readonly onDetected?: DetectOptions['onDetected'];
  readonly signal?: AbortSignal;
}

const OPTIONS: OptionNames<InputPlanOptions> = {
  reading: true,
  wishesFor: true,
  exclude: true,
  acceptUnread: true,
  plan: true,
  onDetected: true,
  signal: true,
};

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
 * Plans a scan from what the user named: finds the files, finds out how each is read, and freezes it all. Files that were found and cannot
 * be read are listed in the plan; of files that are given by their very names, each has to be readable.
 *
 * @throws {CorpusError} if an input cannot be read.
 * @throws {RangeError} if an option is out of range.
 */
export async function planInputs(
  keys: readonly PlannedKey[],
  source: ScanSource,
  options: InputPlanOptions,
): Promise<Manifest> {
  checkOptionNames(options, OPTIONS, 'planInputs');
  const { reading, wishesFor, exclude, acceptUnread = false, plan, onDetected, signal } = options;
  const found =
    'files' in source
      ? undefined
      : await source.choose(
          await expandInputs(source.inputs, exclude === undefined ? {} : { isExcluded: exclude.matches }),
        );
  const unread = [...(found?.unread ?? [])];
  const stop = signal === undefined ? {} : { signal };
  const locations = 'files' in source ? source.files : (found?.locations ?? []);
  const files = await detectFileLayouts(locations, reading, {
    ...stop,
    ...(wishesFor === undefined ? {} : { wishesFor }),
    ...(onDetected === undefined ? {} : { onDetected }),
    ...(found === undefined ? {} : { onUnread: (one) => unread.push(one) }),
  });
  const { groupField } = reading;
  if (groupField !== undefined && !files.some((file) => file.reading.groupField !== undefined))
    throw new CorpusError('layout-unknown', `no file has the field ${groupField} in its first records`);
  return planScan(keys, files, {
    ...plan,
    ...stop,
    leftOut: {
      ...(unread.length === 0 ? {} : { unread }),
      ...(unread.length > 0 && acceptUnread ? { unreadAccepted: true } : {}),
      ...(found === undefined || found.unknown.files === 0 ? {} : { unknown: found.unknown }),
      ...(found === undefined || exclude === undefined
        ? {}
        : { excluded: { patterns: exclude.patterns, files: found.excluded } }),
    },
  });
}
