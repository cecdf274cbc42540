import { join } from 'node:path';
import { type FilteredFile, filterCorpus } from '@countermark/corpus';
import { MANIFEST } from '@countermark/corpus/driver';
import { Command } from 'commander';
import { counted, withCommas } from '../counted.ts';
import { formatOption } from '../options.ts';
import { oneLine, say, writeData, writeJson } from '../output.ts';
import { readManifest } from '../scan/open-scan.ts';
import { requirePath } from '../scan/s3-access.ts';
import { setUnreadStatus } from '../scan/unread-status.ts';

interface FilterCommandOptions {
  readonly scan: string;
  readonly out: string;
  readonly manifest?: string;
  readonly only?: boolean;
  readonly dropFailures?: boolean;
  readonly format: 'text' | 'json';
}

/** `countermark filter`: writes a scanned corpus without its detected documents, or only these. */
export function filterCommand(): Command {
  return new Command('filter')
    .requiredOption('--scan <dir>', 'the result of a scan')
    .requiredOption('--out <dir>', 'where the files go; nothing that is there is overwritten')
    .option('--manifest <file>', 'the plan (default beside the result)')
    .option('--only', 'write only records with a detected document')
    .option('--drop-failures', 'leave out records that could not be read, too')
    .addOption(formatOption(['text', 'json']))
    .action(filter);
}

async function filter(options: FilterCommandOptions): Promise<void> {
  const { scan, out, only = false, dropFailures = false, format } = options;
  const result = requirePath('scan', scan);
  const directory = requirePath('out', out);
  const manifest = await readManifest(options.manifest ?? join(result, MANIFEST));
  const files = await filterCorpus(manifest, result, directory, { only, dropFailures });
  const { unknown } = manifest;
  if (unknown !== undefined)
    say(
      `${counted(unknown.files, 'file')} of no known format ${unknown.files === 1 ? 'is' : 'are'} not copied`,
    );
  if (format === 'json')
    await writeJson({ object: 'corpus-filter', only, dropFailures, ...sumsOf(files), files });
  else await writeData(`${describe(files, directory, only, dropFailures)}\n`);
  setUnreadStatus(manifest);
}

function sumsOf(files: readonly FilteredFile[]): Record<'records' | 'detected' | 'failed' | 'kept', number> {
  const sums = { records: 0, detected: 0, failed: 0, kept: 0 };
  for (const file of files) {
    for (const name of ['records', 'detected', 'failed', 'kept'] as const) sums[name] += file[name];
  }
  return sums;
}

function describe(
  files: readonly FilteredFile[],
  directory: string,
  only: boolean,
  dropFailures: boolean,
): string {
  const { records, detected, failed, kept } = sumsOf(files);
  const unread = `${counted(failed, 'record')} that could not be read`;
  const fate = dropFailures || only ? 'left out' : 'kept';
  const lines = files
    .filter((file) => file.kept < file.records)
    .map(({ file, records: all, kept: some, written }) => {
      const left = `${withCommas(all - some)} of ${counted(all, 'record')} left out`;
      return `${oneLine(file)}: ${left}${written === null ? '; nothing is left, so the file is not written' : ''}`;
    });
  const whole = files.filter((file) => file.kept === file.records && file.written !== null).length;
  return [
    ...lines,
    ...(whole === 0 ? [] : [`${counted(whole, 'file')} copied whole`]),
    `${withCommas(kept)} of ${counted(records, 'record')} kept; ${counted(detected, 'record has', 'records have')} a detected document or a copy of one`,
    ...(failed === 0 ? [] : [`  ${unread} ${failed === 1 ? 'is' : 'are'} ${fate}`]),
    `written: ${counted(files.filter(({ written }) => written !== null).length, 'file')} in ${directory}`,
  ].join('\n');
}
