import { dirname, join } from 'node:path';
import { CorpusError, manifestDigest, surveyParts } from '@countermark/corpus';
import { PARTS } from '@countermark/corpus/driver';
import { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { counted } from '../counted.ts';
import { ExitCode } from '../exit-code.ts';
import { collect, formatOption } from '../options.ts';
import { writeData, writeJson } from '../output.ts';
import { readManifest } from '../scan/open-scan.ts';
import { findS3Access } from '../scan/s3-access.ts';

interface StatusOptions {
  readonly manifest: string;
  readonly parts?: readonly string[];
  readonly format: 'text' | 'json';
}

/** `countermark status`: says which parts of a scan are missing. */
export function statusCommand(): Command {
  return new Command('status')
    .requiredOption('--manifest <file>', 'the plan')
    .option(
      '--parts <place>',
      'where parts are; may be given several times (default beside the plan)',
      collect,
    )
    .addOption(formatOption(['text', 'json']))
    .action(status);
}

async function status({ manifest: path, parts, format }: StatusOptions): Promise<void> {
  const manifest = await readManifest(path);
  const directories = parts ?? [join(dirname(path), PARTS)];
  const total = manifest.shards.length;
  const s3 = await findS3Access(directories, process.env);
  const { paths, missing, problems, read } = await surveyParts(directories, total, s3);
  const digest = manifestDigest(manifest);
  const unfit: string[] = [...problems];
  let done = 0;
  for (const shard of paths.keys()) {
    try {
      await read(shard, digest);
      done++;
    } catch (error) {
      // That a store does not answer says nothing of the part.
      if (error instanceof CorpusError && error.code === 'unreadable') throw error;
      unfit.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (format === 'json') await writeJson({ object: 'scan-status', shards: total, done, missing, unfit });
  else {
    await writeData(`${done} of ${counted(total, 'shard')} ${done === 1 ? 'has' : 'have'} a part\n`);
    if (missing.length > 0) await writeData(`missing: ${ranges(missing)}\n`);
    for (const problem of unfit) await writeData(`unfit: ${problem}\n`);
  }
  if (unfit.length > 0)
    throw new CommandError(`${counted(unfit.length, 'part does', 'parts do')} not fit`, ExitCode.unfit);
}

/** Writes numbers in ascending order as `0-3, 7`. */
function ranges(numbers: readonly number[]): string {
  const found: [number, number][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(', ');
}
