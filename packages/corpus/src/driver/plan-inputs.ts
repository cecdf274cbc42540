import { randomBytes } from 'node:crypto';
import { checkOptionNames, type OptionNames } from '@countermark/watermark';
import { groupFieldsOf } from '../documents/layout.ts';
import { CorpusError } from '../errors.ts';
import { type DetectedFile, type DetectOptions, detectFileLayouts } from '../inputs/detect-file-layout.ts';
import { expandInputs, type Inputs } from '../inputs/expand-inputs.ts';
import type { FileWishes } from '../inputs/file-wishes.ts';
import { chooseGroupField, groupedBy } from '../inputs/group-fields.ts';
import type { PlannedFile } from '../inputs/plan-shards.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { type PlannedKey, planScan, type ScanPlanOptions } from '../manifest/plan-scan.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';

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
  /** The command line that makes the plan, without what may be secret; for the report. */
  readonly command?: string;
  /** Told how each file is read, in the order of the files. */
  readonly onDetected?: DetectOptions['onDetected'];
  /** Told the field by whose values documents are counted because of its name, and how many files have it. */
  readonly onGrouped?: (field: string, files: number) => void;
  readonly signal?: AbortSignal;
}

const OPTIONS: OptionNames<InputPlanOptions> = {
  reading: true,
  wishesFor: true,
  exclude: true,
  acceptUnread: true,
  plan: true,
  onDetected: true,
  onGrouped: true,
  command: true,
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
  const { reading, wishesFor, exclude, acceptUnread = false, plan, onDetected, signal, command } = options;
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
  const planned = grouped(files, options);
  const manifest = await planScan(keys, planned, {
    ...plan,
    ...stop,
    leftOut: {
      ...(unread.length === 0 ? {} : { unread }),
      ...(unread.length > 0 && acceptUnread ? { unreadAccepted: true } : {}),
      ...(found === undefined || found.unknown.files === 0 ? {} : { unknown: found.unknown }),
      ...(found === undefined || exclude === undefined
        ? {}
        : { excluded: { patterns: exclude.patterns.map(shownLocation), files: found.excluded } }),
    },
  });
  return command === undefined ? manifest : { ...manifest, command };
}

// One field for all files, unless the user named one of all or of some.
function grouped(
  files: readonly DetectedFile[],
  { reading: { groupField }, wishesFor, onGrouped }: InputPlanOptions,
): PlannedFile[] {
  const isNamed =
    groupField !== undefined || files.some(({ location }) => wishesFor?.(location).groupField !== undefined);
  const isFound = files.some(({ reading }) => groupFieldsOf(reading).length > 0);
  if (typeof groupField === 'string' && !isFound)
    throw new CorpusError('layout-unknown', `no file has the field ${groupField} in its first records`);
  const path = isNamed ? undefined : chooseGroupField(files);
  const planned = files.map((file) => {
    const { location, reading, digests } = file;
    const how = path === undefined ? reading : groupedBy(file, path);
    return { location, reading: how, ...(digests === undefined ? {} : { digests }) };
  });
  if (path !== undefined)
    onGrouped?.(path, planned.filter(({ reading }) => groupFieldsOf(reading).length > 0).length);
  return planned;
}
