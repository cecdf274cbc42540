import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestDigest } from '@countermark/corpus';
import {
  coverageInWords,
  MANIFEST,
  PARTS,
  sumCoverages,
  type TextCoverage,
  writePlan,
} from '@countermark/corpus/driver';
import { Argument, Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { counted } from '../counted.ts';
import { readKeys } from '../keys.ts';
import { collect } from '../options.ts';
import { writeData } from '../output.ts';
import { checkPlanOptions } from '../scan/check-options.ts';
import { describeRecords } from '../scan/describe-records.ts';
import { describeEstimate } from '../scan/estimate.ts';
import { existingManifest } from '../scan/manifest-file.ts';
import { planCorpus } from '../scan/plan-corpus.ts';
import { addPlanOptions, type PlanOptions } from '../scan/plan-options.ts';
import { requirePath } from '../scan/s3-access.ts';
import { setUnreadStatus } from '../scan/unread-status.ts';

/** `countermark plan`: freezes what a scan consists of, for tasks on many machines. */
export function planCommand(): Command {
  const command = new Command('plan')
    .addArgument(
      new Argument('[path...]', 'files, directories, patterns or addresses: https://, s3://, hf://datasets/'),
    )
    .option('--key <file>', 'a key file; may be given several times', collect)
    .option('--explain <file>', 'show three records of a file as they will be tested, and plan nothing')
    .option('--out <dir>', 'where the manifest goes, and the parts and the result will', 'countermark-scan');
  return addPlanOptions(command).action(plan);
}

interface PlanCommandOptions extends Omit<PlanOptions, 'key'> {
  readonly key?: readonly string[];
  readonly explain?: string;
}

async function plan(
  paths: string[],
  { key, explain, ...rest }: PlanCommandOptions,
  command: Command,
): Promise<void> {
  if (explain !== undefined) {
    if (paths.length > 0) throw new CommandError('--explain shows one file and plans nothing: give no paths');
    checkPlanOptions({ ...rest, key: key ?? [] });
    await writeData(await describeRecords(explain, rest));
    return;
  }
  if (key === undefined) command.error("error: required option '--key <file>' not specified");
  const options: PlanOptions = { ...rest, key };
  const coverages: TextCoverage[] = [];
  const keys = await readKeys(options.key);
  const path = join(requirePath('out', options.out), MANIFEST);
  const before = await existingManifest(path);
  const manifest = await planCorpus(paths, keys, options, before, (coverage) => coverages.push(coverage));
  if (before !== undefined && manifestDigest(before) !== manifestDigest(manifest)) {
    throw new CommandError(`${path}: holds another plan; take another --out, or remove that file`);
  }
  await mkdir(join(options.out, PARTS), { recursive: true });
  await writePlan(options.out, manifest);
  const covered =
    coverages.length === 0
      ? ''
      : `${coverageInWords(sumCoverages(coverages))}, by the first records of each file\n`;
  await writeData(
    `${describeEstimate(manifest, keys)}\n${covered}${path}: ${counted(manifest.shards.length, 'shard')}\n`,
  );
  setUnreadStatus(manifest);
}
