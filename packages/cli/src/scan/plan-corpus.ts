import { existsSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import {
  chooseSeed,
  type Inputs,
  MANIFEST,
  type Manifest,
  PARTS,
  planInputs,
  SCAN_FILES,
  shownLocation,
} from '@countermark/corpus';
import type { WatermarkKey } from '@countermark/watermark';
import { CommandError, checkingValues } from '../command-error.ts';
import { counted } from '../counted.ts';
import { interruptible } from '../interrupt.ts';
import { say } from '../output.ts';
import { checkPlanOptions } from './check-options.ts';
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
  const chosen = chooseSeed(options, seed);
  const choose = (found: Inputs): readonly string[] => {
    const { locations, ignored } = withoutOwn(found, options.out);
    if (locations.length === 0)
      throw new CommandError(`${options.out}: holds a scan, and there is nothing else`);
    if (ignored.length > 0) {
      const are = ignored.length === 1 ? 'is' : 'are';
      say(`${counted(ignored.length, 'file')} of no known format ${are} left out: ${listed(ignored)}`);
    }
    return locations;
  };
  return interruptible(async (signal) => {
    const manifest = await checkingValues(() =>
      planInputs(
        keys,
        { inputs: paths, choose },
        {
          reading: readingWishes(options),
          signal,
          onDetected: (location, { description }, i) => {
            if (i < SAID) say(`${shownLocation(location)}: ${description}`);
          },
          plan: {
            normalization: options.normalize,
            ...(options.alpha === undefined ? {} : { alpha: options.alpha }),
            ...(options.fdr === undefined ? {} : { falseDiscoveryRate: options.fdr }),
            ...(options.minTokens === undefined ? {} : { minTokens: options.minTokens }),
            ...(options.decoys === undefined ? {} : { decoys: options.decoys }),
            ...(options.sample === undefined ? {} : { sample: options.sample }),
            ...(chosen === undefined ? {} : { seed: chosen }),
            ...(options.shardMb === undefined ? {} : { shardBytes: options.shardMb * MIB }),
            ...(options.maxRecordMb === undefined ? {} : { maxRecordBytes: options.maxRecordMb * MIB }),
          },
        },
      ),
    );
    const more = manifest.files.length - SAID;
    if (more > 0) say(`… and ${counted(more, 'more file')}`);
    return manifest;
  });
}

// The result of a scan may lie in the corpus: to go on with it must not be to scan it. A file of a user's that only has
// such a name must neither be dropped nor be replaced by the result.
function withoutOwn({ locations, ignored }: Inputs, out: string): Inputs {
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
  return {
    locations: locations.filter((path) => !isOwn(path)),
    ignored: ignored.filter((path) => !isOwn(path)),
  };
}

function listed(names: readonly string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return `${names.slice(0, 5).join(', ')}${more}`;
}
