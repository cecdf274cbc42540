import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST, manifestDigest, PARTS } from '@countermark/corpus';
import { Argument, Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { counted } from '../counted.ts';
import { readKeys } from '../keys.ts';
import { collect } from '../options.ts';
import { writeData } from '../output.ts';
import { describeEstimate } from '../scan/estimate.ts';
import { existingManifest, writeManifest } from '../scan/manifest-file.ts';
import { planCorpus } from '../scan/plan-corpus.ts';
import { addPlanOptions, type PlanOptions } from '../scan/plan-options.ts';
import { requirePath } from '../scan/s3-access.ts';
import { setUnreadStatus } from '../scan/unread-status.ts';

/** `countermark plan`: freezes what a scan consists of, for tasks on many machines. */
export function planCommand(): Command {
  const command = new Command('plan')
    .description('freeze what a scan of a corpus consists of, for tasks on many machines')
    .addArgument(
      new Argument('[path...]', 'files, directories, patterns or addresses: https://, s3://, hf://datasets/'),
    )
    .requiredOption('--key <file>', 'a key file; may be given several times', collect)
    .option('--out <dir>', 'where the manifest goes, and the parts and the result will', 'countermark-scan');
  return addPlanOptions(command).action(plan);
}

async function plan(paths: string[], options: PlanOptions): Promise<void> {
  const keys = await readKeys(options.key);
  const path = join(requirePath('out', options.out), MANIFEST);
  const before = await existingManifest(path);
  const manifest = await planCorpus(paths, keys, options, before?.settings.seed);
  if (before !== undefined && manifestDigest(before) !== manifestDigest(manifest)) {
    throw new CommandError(`${path}: holds another plan; take another --out, or remove it`);
  }
  await mkdir(join(options.out, PARTS), { recursive: true });
  await writeManifest(path, manifest);
  await writeData(
    `${describeEstimate(manifest, keys)}\n${path}: ${counted(manifest.shards.length, 'shard')}\n`,
  );
  setUnreadStatus(manifest);
}
