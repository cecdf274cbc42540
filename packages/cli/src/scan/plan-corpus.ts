import { randomBytes } from 'node:crypto';
import { detectReading, expandInputs, type Manifest, type PlannedFile, planScan } from '@countermark/corpus';
import type { WatermarkKey } from '@countermark/watermark';
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
  const needsSeed = options.sample !== undefined || options.decoys !== undefined;
  const chosen = options.seed ?? seed ?? (needsSeed ? randomBytes(32).toString('hex') : undefined);
  return interruptible(async (signal) => {
    const { locations, ignored } = await expandInputs(paths);
    if (ignored.length > 0) {
      const are = ignored.length === 1 ? 'is' : 'are';
      say(`${counted(ignored.length, 'file')} of no known format ${are} left out: ${listed(ignored)}`);
    }
    const files: PlannedFile[] = [];
    for (const [i, location] of locations.entries()) {
      signal.throwIfAborted();
      const { reading, description } = await detectReading(location, readingWishes(options));
      if (i < SAID) say(`${location}: ${description}`);
      files.push({ location, reading });
    }
    if (locations.length > SAID) say(`… and ${counted(locations.length - SAID, 'more file')}`);
    return planScan(keys, files, {
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
    });
  });
}

function listed(names: readonly string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return `${names.slice(0, 5).join(', ')}${more}`;
}
