import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { createStopRule, formatManifest, type Manifest, manifestDigest } from '@countermark/corpus';
import {
  type DrivenScan,
  isS3Location,
  MANIFEST,
  mergeThreads,
  openTools,
  PARTS,
  writePlan,
} from '@countermark/corpus/driver';
import { removeStale } from '@countermark/host/files';
import type { WatermarkKey } from '@countermark/watermark';
import { Argument, Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { readKeys } from '../keys.ts';
import {
  addDocumentsOptions,
  collect,
  type DocumentsOptions,
  formatOption,
  parseInteger,
  parseNumber,
} from '../options.ts';
import { say, writeData, writeJson } from '../output.ts';
import { type AccountOptions, addAccountOptions, findAccounts } from '../scan/account-options.ts';
import { checkPlanOptions, checkScanOptions } from '../scan/check-options.ts';
import { existingManifest } from '../scan/manifest-file.ts';
import { readManifest, readScanKeys } from '../scan/open-scan.ts';
import { planCorpus } from '../scan/plan-corpus.ts';
import { addPlanOptions, type PlanOptions } from '../scan/plan-options.ts';
import { printResult } from '../scan/print-result.ts';
import { addReportOptions, type ReportOptions } from '../scan/report-options.ts';
import { findS3Access, requirePath } from '../scan/s3-access.ts';
import { scanStream } from '../scan/scan-stream.ts';
import { showScan } from '../scan/show-scan.ts';
import { findTask, shardsOf, type Task } from '../scan/task.ts';
import { setUnreadStatus } from '../scan/unread-status.ts';
import { closeTokenizers, openTokenizersOf } from '../tokenizers.ts';

interface ScanOptions extends PlanOptions, AccountOptions, ReportOptions, DocumentsOptions {
  readonly manifest?: string;
  readonly task?: number;
  readonly tasks?: number;
  readonly parts?: string;
  readonly threads?: number;
  readonly timeLimit?: number;
  readonly strict?: boolean;
  readonly stop?: boolean;
  readonly stdin?: boolean;
  readonly stdout?: boolean;
  readonly format: 'text' | 'json';
}

/** `countermark scan`: tests a corpus of any size for marks. */
export function scanCommand(): Command {
  const command = new Command('scan')
    .addArgument(
      new Argument('[path...]', 'files, directories, patterns or addresses: https://, s3://, hf://datasets/'),
    )
    .requiredOption('--key <file>', 'a key file; may be given several times', collect)
    .option('--out <dir>', 'where the result goes, and what is needed to go on', 'countermark-scan');
  addReportOptions(addAccountOptions(command));
  addPlanOptions(command);
  addDocumentsOptions(command);
  return command
    .option('--stop', 'stop as soon as the evidence suffices')
    .option('--strict', 'stop at the first record that cannot be read')
    .option('--threads <n>', 'worker threads (default: one a core)', parseInteger(1))
    .option(
      '--time-limit <seconds>',
      'a document that takes longer is reported and left out (default 60)',
      parseNumber,
    )
    .option('--manifest <file>', 'scan shards of this plan, and leave their parts for merge')
    .option('--task <i>', 'which task of a plan this is, from 0', parseInteger(0))
    .option('--tasks <n>', 'how many tasks share a plan', parseInteger(1))
    .option(
      '--parts <place>',
      'where the parts of a plan go: a directory, or s3://bucket/prefix (default beside it)',
    )
    .option('--stdin', 'read JSON lines from standard input, one record each')
    .option('--stdout', 'with --stdin: write each record back with what was found in it')
    .addOption(formatOption(['text', 'json']))
    .action(scan);
}

async function scan(paths: string[], options: ScanOptions, command: Command): Promise<void> {
  const { timeLimit = 60 } = options;
  if (timeLimit <= 0) throw new CommandError(`--time-limit expected a number above 0, got ${timeLimit}`);
  const keys = await readKeys(options.key);
  if (options.stdin === true || options.stdout === true) {
    if (options.stdin !== options.stdout || paths.length > 0 || options.manifest !== undefined) {
      throw new CommandError('--stdin and --stdout go together, and without paths or a plan');
    }
    checkScanOptions('stream', command);
    checkPlanOptions(options);
    await scanStream(keys, options);
    return;
  }
  const task = findTask(options.task, options.tasks, process.env);
  if (options.manifest !== undefined) {
    if (paths.length > 0) throw new CommandError('a plan says what is scanned: give paths or --manifest');
    if (options.stop === true)
      throw new CommandError('--stop needs to see all shards: it goes with paths only');
    if (options.accounts !== undefined)
      throw new CommandError('--accounts belongs to merge, where the parts are united');
    checkScanOptions('plan', command);
    await scanTask(options.manifest, keys, task ?? { task: 0, tasks: 1 }, options);
    return;
  }
  if (options.task !== undefined || options.tasks !== undefined) {
    throw new CommandError('--task and --tasks belong to --manifest: tasks have to share one plan');
  }
  if (options.parts !== undefined) {
    throw new CommandError('--parts belongs to --manifest: a scan of paths keeps its parts in --out');
  }
  if (paths.length === 0 && options.filesFrom === undefined)
    throw new CommandError('nothing to scan: give paths, or --manifest, or --stdin and --stdout');
  checkScanOptions('paths', command);
  await scanAll(paths, keys, options);
}

async function scanAll(paths: string[], keys: readonly WatermarkKey[], options: ScanOptions): Promise<void> {
  const accounts = await findAccounts(options, keys);
  const directory = requirePath('out', options.out);
  const path = join(directory, MANIFEST);
  const before = await existingManifest(path);
  const manifest = await planCorpus(paths, keys, options, before);
  if (before !== undefined && manifestDigest(before) !== manifestDigest(manifest)) {
    throw new CommandError(
      `${path}: holds a scan of other files, keys or settings, or the files have changed since; take another --out, or remove that directory`,
    );
  }
  const scanKeys = await checkedKeys(manifest, keys, options);
  const parts = join(directory, PARTS);
  await mkdir(parts, { recursive: true });
  for (const place of [directory, parts]) await removeStale(place);
  // Signatures in addresses are those of now.
  if (before === undefined || formatManifest(before) !== formatManifest(manifest))
    await writePlan(directory, manifest);
  const total = manifest.shards.length;
  const scanned = await runParts(
    scanKeys,
    parts,
    Array.from({ length: total }, (_, i) => i),
    options,
  );
  await printResult({
    scan: scanKeys,
    parts: [parts],
    accounts,
    directory,
    format: options.format,
    threads: mergeThreads(manifest, options.threads),
    watched: options.stop === true,
    options,
    ...(scanned < total ? { shards: scanned } : {}),
  });
  setUnreadStatus(manifest);
}

async function scanTask(
  path: string,
  keys: readonly WatermarkKey[],
  task: Task,
  options: ScanOptions,
): Promise<void> {
  const manifest = await readManifest(path);
  const scanKeys = await checkedKeys(manifest, keys, options);
  // A wrong key is told before the work, even where there is none left.
  await openTools(manifest, scanKeys.keyFiles, []);
  const parts = options.parts ?? join(dirname(path), PARTS);
  if (!isS3Location(parts)) {
    await mkdir(parts, { recursive: true });
    await removeStale(parts);
  }
  const shards = shardsOf(manifest.shards.length, task);
  await runParts(scanKeys, parts, shards, options);
  if (options.format === 'json') {
    await writeJson({ object: 'scan-task', ...task, shards, parts });
    return;
  }
  const which = task.tasks === 1 ? '' : `task ${task.task} of ${task.tasks}: `;
  const have = shards.length === 1 ? 'shard has its part' : 'shards have their parts';
  await writeData(`${which}${shards.length} ${have} in ${parts}\n`);
}

async function runParts(
  scan: DrivenScan,
  parts: string,
  shards: readonly number[],
  options: ScanOptions,
): Promise<number> {
  const { threads = availableParallelism(), timeLimit = 60, strict = false } = options;
  const s3 = await findS3Access([parts], process.env);
  const run = {
    ...{ ...scan, parts, shards, threads, timeLimit, strict },
    ...(s3 === undefined ? {} : { s3 }),
  };
  if (options.stop !== true) return showScan(run);
  // The rule reads parts, and no text.
  const { keys } = await openTools(scan.manifest, scan.keyFiles, []);
  return showScan({ ...run, isEnough: createStopRule(scan.manifest, keys) });
}

// A missing tokenizer is told before the work, not after it.
async function checkedKeys(
  manifest: Manifest,
  keys: readonly WatermarkKey[],
  options: ScanOptions,
): Promise<DrivenScan> {
  const tokenizers = options.tokenizer ?? [];
  // What is in an empty file nobody knows, and nothing in it needs a tokenizer.
  if (manifest.files.some(({ reading, size }) => reading.layout.kind !== 'ids' && size !== 0)) {
    closeTokenizers(await openTokenizersOf(keys, tokenizers));
  } else if (new Set(keys.map(({ params }) => params.tokenizer.fingerprint)).size > 1) {
    throw new CommandError('token ids belong to one tokenizer, but the keys have several');
  }
  const scanKeys = await readScanKeys(manifest, options.key, keys, tokenizers);
  if (scanKeys.tokenizers.length === 0) say('no tokenizer: documents are shown as token ids');
  return scanKeys;
}
