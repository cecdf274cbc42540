import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import {
  coverageInWords,
  detectReadings,
  expandInputs,
  type Inputs,
  MANIFEST,
  type Manifest,
  PARTS,
  planScan,
  SCAN_FILES,
  shownLocation,
  type TextCoverage,
} from '@countermark/corpus';
import type { WatermarkKey } from '@countermark/watermark';
import { CommandError, checkingValues } from '../command-error.ts';
import { counted } from '../counted.ts';
import { interruptible } from '../interrupt.ts';
import { say } from '../output.ts';
import { checkPlanOptions } from './check-options.ts';
import { type PlanOptions, readingWishes } from './plan-options.ts';

const MIB = 2 ** 20;
/** Files whose reading is said one by one, and of the others those of whose text less than this is read. */
const SAID = 10;
const SAID_BELOW = 0.5;
/** From here on there is no rest to speak of. */
const WHOLE = 0.995;

/**
 * Plans a scan of paths, and says how each is read.
 *
 * @param seed of an earlier plan of the same scan, to go on with it.
 * @param onCoverage told how much of the text of each file's first records is read.
 * @throws {CommandError} if options do not go together.
 * @throws {CorpusError} if an input cannot be read.
 */
export async function planCorpus(
  paths: readonly string[],
  keys: readonly WatermarkKey[],
  options: PlanOptions,
  seed?: string,
  onCoverage?: (coverage: TextCoverage) => void,
): Promise<Manifest> {
  checkPlanOptions(options);
  const needsSeed = options.sample !== undefined || options.decoys !== undefined;
  const chosen = options.seed ?? seed ?? (needsSeed ? randomBytes(32).toString('hex') : undefined);
  return interruptible(async (signal) => {
    const { locations, ignored } = withoutOwn(await expandInputs(paths), options.out);
    if (locations.length === 0)
      throw new CommandError(`${options.out}: holds a scan, and there is nothing else`);
    if (ignored.length > 0) {
      const are = ignored.length === 1 ? 'is' : 'are';
      say(`${counted(ignored.length, 'file')} of no known format ${are} left out: ${listed(ignored)}`);
    }
    const files = await detectReadings(locations, readingWishes(options), {
      signal,
      onDetected: (location, { description, coverage }, i) => {
        const isLow = coverage !== undefined && coverage.share < SAID_BELOW;
        if (i < SAID || isLow) say(`${shownLocation(location)}: ${description}`);
        if (coverage === undefined) return;
        if (isLow || (i < SAID && coverage.share < WHOLE)) say(`  ${coverageInWords(coverage)}`);
        onCoverage?.(coverage);
      },
    });
    if (locations.length > SAID) say(`… and ${counted(locations.length - SAID, 'more file')}`);
    return checkingValues(() =>
      planScan(keys, files, {
        signal,
        normalization: options.normalize,
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
