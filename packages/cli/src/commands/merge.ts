import { dirname, join } from 'node:path';
import { mergeThreads, PARTS } from '@countermark/corpus/driver';
import { Command } from 'commander';
import { readKeys } from '../keys.ts';
import {
  addDocumentsOptions,
  collect,
  type DocumentsOptions,
  formatOption,
  parseInteger,
} from '../options.ts';
import { type AccountOptions, addAccountOptions, findAccounts } from '../scan/account-options.ts';
import { readManifest, readScanKeys } from '../scan/open-scan.ts';
import { printResult } from '../scan/print-result.ts';
import { addReportOptions, type ReportOptions } from '../scan/report-options.ts';
import { findS3Access, requirePath } from '../scan/s3-access.ts';
import { setUnreadStatus } from '../scan/unread-status.ts';

interface MergeCommandOptions extends AccountOptions, ReportOptions, DocumentsOptions {
  readonly manifest: string;
  readonly key: readonly string[];
  readonly tokenizer?: readonly string[];
  readonly parts?: readonly string[];
  readonly out?: string;
  readonly threads?: number;
  readonly format: 'text' | 'json';
}

/** `countermark merge`: unites the parts of a scan into its result. */
export function mergeCommand(): Command {
  const command = new Command('merge')
    .requiredOption('--manifest <file>', 'the plan')
    .requiredOption('--key <file>', 'a key file of the plan; each has to be given', collect)
    .option(
      '--parts <place>',
      'where parts are; may be given several times (default beside the plan)',
      collect,
    )
    .option('--out <dir>', 'where the result goes (default beside the plan)')
    .option('--tokenizer <path>', "a key's tokenizer.json; may be given several times", collect);
  return addDocumentsOptions(addReportOptions(addAccountOptions(command)))
    .option(
      '--threads <n>',
      'threads that read parts (default: one a core, fewer for small scans)',
      parseInteger(1),
    )
    .addOption(formatOption(['text', 'json']))
    .action(merge);
}

async function merge(options: MergeCommandOptions): Promise<void> {
  const { manifest: path, parts = [join(dirname(path), PARTS)], format } = options;
  const manifest = await readManifest(path);
  const keys = await readKeys(options.key);
  const accounts = await findAccounts(options, keys);
  await printResult({
    scan: await readScanKeys(manifest, options.key, keys, options.tokenizer ?? []),
    parts,
    s3: await findS3Access(parts, process.env),
    accounts,
    directory: requirePath('out', options.out ?? dirname(path)),
    format,
    threads: options.threads ?? mergeThreads(manifest),
    options,
  });
  setUnreadStatus(manifest);
}
