import { availableParallelism } from 'node:os';
import type { ContextSet } from '@countermark/audit';
import { Argument, Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { buildSet } from '../contexts/build-set.ts';
import { describeSet, setFigures } from '../contexts/describe-set.ts';
import { readContextSet } from '../contexts/open-set.ts';
import { writeMergedSet } from '../contexts/write-merged-set.ts';
import { readKey } from '../keys.ts';
import { formatOption, parseInteger, parseNumber } from '../options.ts';
import { say, writeData, writeJson } from '../output.ts';
import { readScanKeys } from '../scan/open-scan.ts';
import { planCorpus } from '../scan/plan-corpus.ts';
import {
  addNormalizeOption,
  addReadingOptions,
  addShardOptions,
  type PlanOptions,
} from '../scan/plan-options.ts';
import { requirePath } from '../scan/s3-access.ts';
import { setUnreadStatus } from '../scan/unread-status.ts';
import { closeTokenizers, openTokenizersOf } from '../tokenizers.ts';
import { checkIsFree } from '../write-file.ts';

interface BuildOptions extends Omit<PlanOptions, 'key'> {
  readonly key: string;
  readonly bits: number;
  readonly force?: boolean;
  readonly threads?: number;
  readonly timeLimit: number;
  readonly format: 'text' | 'json';
}

interface MergeOptions {
  readonly out: string;
  readonly force?: boolean;
  readonly format: 'text' | 'json';
}

/** `countermark contexts`: sets of the contexts that were served, for `audit --served`. */
export function contextsCommand(): Command {
  const command = new Command('contexts');
  const building = command
    .command('build')
    .description('collect the contexts of answers that were served, from logs or a corpus')
    .addArgument(
      new Argument('[path...]', 'files, directories, patterns or addresses: https://, s3://, hf://datasets/'),
    )
    .requiredOption('--key <file>', 'the key file')
    .requiredOption('--out <file>', 'where the set goes')
    .option('--force', 'replace the file if it is there')
    .option('--bits <n>', "bits that are kept of a context's salt, 32 to 48", parseInteger(32), 40)
    .option('--threads <n>', 'worker threads (default: one a core)', parseInteger(1))
    .option('--time-limit <seconds>', 'a record that takes longer is counted and left out', parseNumber, 60);
  addShardOptions(
    addNormalizeOption(
      addReadingOptions(building, 'tell contexts apart by the values of a field, as an account'),
    ),
  )
    .addOption(formatOption(['text', 'json']))
    .action(build);
  command
    .command('merge')
    .description('unite sets of one key')
    .addArgument(new Argument('<set...>', 'sets'))
    .requiredOption('--out <file>', 'where the union goes')
    .option('--force', 'replace the file if it is there')
    .addOption(formatOption(['text', 'json']))
    .action(merge);
  command
    .command('show')
    .description('say what is in a set')
    .addArgument(new Argument('<set>', 'a set'))
    .addOption(formatOption(['text', 'json']))
    .action(async (path: string, { format }: { readonly format: 'text' | 'json' }) =>
      print(await readContextSet(path), format),
    );
  return command;
}

async function build(paths: string[], options: BuildOptions): Promise<void> {
  const { bits, force = false, threads = availableParallelism(), timeLimit, format } = options;
  if (bits > 48) throw new CommandError(`--bits expected an integer in 32 … 48, got ${bits}`);
  if (timeLimit <= 0) throw new CommandError(`--time-limit expected a number above 0, got ${timeLimit}`);
  const key = await readKey(options.key);
  const out = requirePath('out', options.out);
  if (!force) checkIsFree(out);
  const { by = 'none' } = options;
  const manifest = await planCorpus(paths, [key], { ...options, by, key: [options.key] });
  const tokenizerPaths = options.tokenizer ?? [];
  // A missing tokenizer is told before the work, not after it.
  if (manifest.files.some(({ reading, size }) => reading.layout.kind !== 'ids' && size !== 0))
    closeTokenizers(await openTokenizersOf([key], tokenizerPaths));
  const { keyFiles, tokenizers } = await readScanKeys(manifest, [options.key], [key], tokenizerPaths);
  const byGroup = by !== 'none';
  await buildSet({ manifest, keyFiles, tokenizers, bits, byGroup, out, force, threads, timeLimit });
  say(`wrote ${out}`);
  await print(await readContextSet(out), format);
  setUnreadStatus(manifest);
}

async function merge(paths: string[], { out, force = false, format }: MergeOptions): Promise<void> {
  if (!force) checkIsFree(out);
  const sets: ContextSet[] = [];
  for (const path of paths) {
    const set = await readContextSet(path);
    const known = sets.findIndex(({ sha256 }) => sha256 === set.sha256);
    if (known >= 0) throw new CommandError(`${path}: is the same set as ${paths[known]}`);
    sets.push(set);
  }
  await writeMergedSet(out, sets, force);
  say(`wrote ${out}`);
  await print(await readContextSet(out), format);
}

async function print(set: ContextSet, format: 'text' | 'json'): Promise<void> {
  if (format === 'json') await writeJson(setFigures(set));
  else await writeData(`${describeSet(set)}\n`);
}
