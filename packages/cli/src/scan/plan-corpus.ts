import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve, sep } from 'node:path';
import {
  detectReadings,
  expandInputs,
  type Inputs,
  MANIFEST,
  type Manifest,
  PARTS,
  planScan,
  SCAN_FILES,
  shownLocation,
} from '@countermark/corpus';
import type { WatermarkKey } from '@countermark/watermark';
import { CommandError, checkingValues } from '../command-error.ts';
import { counted } from '../counted.ts';
import { interruptible } from '../interrupt.ts';
import { say } from '../output.ts';
import { checkPlanOptions } from './check-options.ts';
import { describeInputs, describeUnread } from './describe-inputs.ts';
import { listedFiles } from './files-from.ts';
import { matcher, wishesByPattern } from './patterns.ts';
import { type PlanOptions, readingWishes } from './plan-options.ts';

const MIB = 2 ** 20;
/** Files whose reading is said one by one. */
const SAID = 10;

/**
 * Plans a scan of paths, and says how each is read.
 *
 * @param seed of an earlier plan of the same scan, to go on with it.
 * @throws {CommandError} if options do not go together.
 * @throws {CorpusError} if an input cannot be read.
 */
export async function planCorpus(
  paths: readonly string[],
  keys: readonly WatermarkKey[],
  options: PlanOptions,
  seed?: string,
): Promise<Manifest> {
  checkPlanOptions(options);
  const needsSeed = options.sample !== undefined || options.decoys !== undefined;
  const chosen = options.seed ?? seed ?? (needsSeed ? randomBytes(32).toString('hex') : undefined);
  return interruptible(async (signal) => {
    const { exclude = [] } = options;
    const isExcluded = matcher(exclude);
    const given = [...paths, ...(await listedFiles(options.filesFrom))];
    if (given.length === 0) throw new CommandError('nothing to scan: no path was given');
    const inputs = withoutOwn(await expandInputs(given, { isExcluded }), options.out);
    const { locations, unknown, excluded } = inputs;
    if (locations.length === 0)
      throw new CommandError(`${options.out}: holds a scan, and there is nothing else`);
    for (const line of describeInputs(inputs)) say(line);
    const unread = [...inputs.unread];
    const files = await detectReadings(locations, readingWishes(options), {
      signal,
      wishesFor: wishesByPattern(options.for ?? []),
      onUnread: (one) => unread.push(one),
      onDetected: (location, { description }, i) => {
        if (i < SAID) say(`${shownLocation(location)}: ${description}`);
      },
    });
    if (files.length > SAID) say(`… and ${counted(files.length - SAID, 'more file')}`);
    for (const line of describeUnread(unread)) say(line);
    return checkingValues(() =>
      planScan(keys, files, {
        signal,
        normalization: options.normalize,
        byContent: options.byContent === true,
        leftOut: {
          ...(unread.length === 0 ? {} : { unread }),
          ...(unread.length > 0 && options.skipUnreadable === true ? { unreadAccepted: true } : {}),
          ...(unknown.files === 0 ? {} : { unknown }),
          ...(exclude.length === 0 ? {} : { excluded: { patterns: exclude, files: excluded } }),
        },
        ...(options.alpha === undefined ? {} : { alpha: options.alpha }),
        ...(options.fdr === undefined ? {} : { falseDiscoveryRate: options.fdr }),
        ...(options.minTokens === undefined ? {} : { minTokens: options.minTokens }),
        ...(options.decoys === undefined ? {} : { decoys: options.decoys }),
        ...(options.sample === undefined ? {} : { sample: options.sample }),
        ...(chosen === undefined ? {} : { seed: chosen }),
        ...(options.shardMb === undefined ? {} : { shardBytes: options.shardMb * MIB }),
        ...(options.maxRecordMb === undefined ? {} : { maxRecordBytes: options.maxRecordMb * MIB }),
      }),
    );
  });
}

// The result of a scan may lie in the corpus: to go on with it must not be to scan it. A file of a user's that only has
// such a name must neither be dropped nor be replaced by the result.
function withoutOwn(inputs: Inputs, out: string): Inputs {
  const { locations, ignored, unread } = inputs;
  const own = new Set(SCAN_FILES.map((name) => resolve(out, name)));
  const parts = `${resolve(out, PARTS)}${sep}`;
  const isOwn = (path: string): boolean => own.has(resolve(path)) || resolve(path).startsWith(parts);
  const taken = locations.filter(isOwn);
  if (taken.length > 0) {
    if (!existsSync(join(out, MANIFEST))) {
      throw new CommandError(
        `${taken[0]}: is among the inputs, and the result would go there; give another --out`,
      );
    }
    say(`${out}: this scan's own files are left out`);
  }
  const strange = ignored.filter((path) => isOwn(path) && !basename(path).startsWith('.'));
  const { files, bytes, names } = inputs.unknown;
  return {
    ...inputs,
    locations: locations.filter((path) => !isOwn(path)),
    ignored: ignored.filter((path) => !isOwn(path)),
    unread: unread.filter(({ location }) => !isOwn(location)),
    unknown: {
      files: files - strange.length,
      bytes: bytes - strange.reduce((sum, path) => sum + statSync(path).size, 0),
      names: names.filter((path) => !isOwn(path)),
    },
  };
}
