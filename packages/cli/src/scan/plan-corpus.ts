import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { Manifest } from '@countermark/corpus';
import {
  chooseSeed,
  coverageInWords,
  groupFieldsOf,
  type Inputs,
  isDocumentsFile,
  MANIFEST,
  PARTS,
  planInputs,
  SCAN_FILES,
  shownLocation,
  type TextCoverage,
} from '@countermark/corpus/driver';
import type { WatermarkKey } from '@countermark/watermark';
import { CommandError, checkingValues } from '../command-error.ts';
import { counted } from '../counted.ts';
import { interruptible } from '../interrupt.ts';
import { oneLine, say } from '../output.ts';
import { checkPlanOptions } from './check-options.ts';
import { describeInputs, describeUnread } from './describe-inputs.ts';
import { listedFiles } from './files-from.ts';
import { matcher, wishesByPattern } from './patterns.ts';
import { fileWishes, type PlanOptions } from './plan-options.ts';
import { plannedCommand } from './reproduce-command.ts';
import { tokenNames } from './token-names.ts';

const MIB = 2 ** 20;
/** Files whose reading is said one by one, and of the others those of whose text less than this is read. */
const SAID = 10;
const SAID_BELOW = 0.5;
/** From here on there is no rest to speak of. */
const WHOLE = 0.995;

/**
 * Plans a scan of paths, and says how each is read.
 *
 * @param before an earlier plan of the same scan, to go on with it: its seed, whether it has windows and tells languages, and whether it counts by a field.
 * @param onCoverage told how much of the text of each file's first records is read.
 * @throws {CommandError} if options do not go together.
 * @throws {CorpusError} if an input cannot be read.
 */
export async function planCorpus(
  paths: readonly string[],
  keys: readonly WatermarkKey[],
  options: PlanOptions,
  before?: Manifest,
  onCoverage?: (coverage: TextCoverage) => void,
): Promise<Manifest> {
  checkPlanOptions(options);
  const { exclude = [] } = options;
  const given = [...paths, ...(await listedFiles(options.filesFrom))];
  if (given.length === 0) throw new CommandError('nothing to scan: no path was given');
  const chosen = chooseSeed(options, before?.settings.seed);
  const windows = options.windows ?? (before === undefined ? undefined : (before.settings.windowTokens ?? 0));
  const isUngrouped = before?.files.every(({ reading }) => groupFieldsOf(reading).length === 0) === true;
  const choose = (found: Inputs): Inputs => {
    const inputs = withoutOwn(found, options.out);
    if (inputs.locations.length === 0)
      throw new CommandError(`${options.out}: holds a scan, and there is nothing else`);
    for (const line of describeInputs(inputs)) say(line);
    return inputs;
  };
  const names = tokenNames(keys, options.tokenizer ?? []);
  return interruptible(async (signal) => {
    let grouped: string | undefined;
    const manifest = await checkingValues(() =>
      planInputs(
        keys,
        { inputs: given, choose },
        {
          reading: {
            ...(isUngrouped ? { groupField: false as const } : {}),
            ...fileWishes(options),
            tokenName: names.of,
          },
          wishesFor: wishesByPattern(options.for ?? []),
          ...(exclude.length === 0 ? {} : { exclude: { patterns: exclude, matches: matcher(exclude) } }),
          ...commandOf(before),
          acceptUnread: options.skipUnreadable === true,
          signal,
          onDetected: (location, { description, coverage }, i) => {
            const isLow = coverage !== undefined && coverage.share < SAID_BELOW;
            if (i < SAID || isLow) say(`${shownLocation(location)}: ${description}`);
            if (coverage === undefined) return;
            if (isLow || (i < SAID && coverage.share < WHOLE)) say(`  ${coverageInWords(coverage)}`);
            onCoverage?.(coverage);
          },
          onGrouped: (field, files) => {
            grouped = `documents are counted by the field ${oneLine(field)} too, for its name (in ${counted(files, 'file')}); --by NAME takes another, --by none none`;
          },
          plan: {
            normalization: options.normalize,
            byContent: options.byContent === true,
            ...(options.alpha === undefined ? {} : { alpha: options.alpha }),
            ...(options.fdr === undefined ? {} : { falseDiscoveryRate: options.fdr }),
            ...(options.minTokens === undefined ? {} : { minTokens: options.minTokens }),
            ...(windows === undefined ? {} : { windowTokens: windows }),
            languages: before === undefined || before.settings.languages === true,
            ...(options.decoys === undefined ? {} : { decoys: options.decoys }),
            ...(options.sample === undefined ? {} : { sample: options.sample }),
            ...(chosen === undefined ? {} : { seed: chosen }),
            ...(options.shardMb === undefined ? {} : { shardBytes: options.shardMb * MIB }),
            ...(options.maxRecordMb === undefined ? {} : { maxRecordBytes: options.maxRecordMb * MIB }),
          },
        },
      ),
    ).finally(names.close);
    const more = manifest.files.length - SAID;
    if (more > 0) say(`… and ${counted(more, 'more file')}`);
    if (grouped !== undefined) say(grouped);
    for (const line of describeUnread(manifest.unread ?? [])) say(line);
    return manifest;
  });
}

// A scan that goes on keeps the command that planned it.
function commandOf(before: Manifest | undefined): { command?: string } {
  if (before === undefined) return { command: plannedCommand() };
  return before.command === undefined ? {} : { command: before.command };
}

// The result of a scan may lie in the corpus: to go on with it must not be to scan it. A file of a user's that only has
// such a name must neither be dropped nor be replaced by the result.
function withoutOwn(inputs: Inputs, out: string): Inputs {
  const { locations, ignored, unread } = inputs;
  const own = new Set(SCAN_FILES.map((name) => resolve(out, name)));
  const parts = `${resolve(out, PARTS)}${sep}`;
  const isOwn = (path: string): boolean =>
    own.has(resolve(path)) ||
    resolve(path).startsWith(parts) ||
    (dirname(resolve(path)) === resolve(out) && isDocumentsFile(basename(path)));
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
