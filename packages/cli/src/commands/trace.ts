import {
  type AccountTrace,
  AccountTracer,
  type AccountTraces,
  findingInput,
  findingOf,
  type Normalization,
  type Software,
  usedSoftware,
} from '@countermark/detector';
import { htmlTraceReport } from '@countermark/detector/report';
import { Argument, Command, Option } from 'commander';
import { about, CommandError, checkingValues } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { describeTrace, TRACE_MEANING } from '../describe-trace.ts';
import { readKey } from '../keys.ts';
import { formatOption, parseInteger, parseNumber } from '../options.ts';
import { say, writeData, writeJson } from '../output.ts';
import { addProbabilityOptions, findProbabilities, type ProbabilityOptions } from '../probability-options.ts';
import { issuedOf, readAccounts } from '../read-accounts.ts';
import { type InputDocument, readDocuments } from '../read-documents.ts';
import { commandVersion } from '../software.ts';
import { closeTokenizers, openTokenizersOf } from '../tokenizers.ts';

interface TraceCommandOptions extends Omit<ProbabilityOptions, 'tokenizer'> {
  readonly key: string;
  readonly accounts: string;
  readonly column?: string;
  readonly alpha?: number;
  readonly issued?: number;
  readonly top?: number;
  readonly ids?: boolean;
  readonly decoys?: number;
  readonly normalize: Normalization;
  readonly tokenizer?: string;
  readonly format: 'text' | 'json' | 'html';
}

/** `countermark trace`: says which accounts texts came from. */
export function traceCommand(): Command {
  const command = new Command('trace')
    .addArgument(new Argument('<file...>', 'texts in UTF-8, or token ids with --ids; - is standard input'))
    .requiredOption('--key <file>', 'the key file')
    .requiredOption('--accounts <file>', 'account ids, one a line, or a .csv file with a header')
    .option('--column <name>', 'the column of a .csv file that holds the accounts')
    .option(
      '--alpha <level>',
      'probability of naming any innocent account, fixed beforehand (default 1e-3)',
      parseNumber,
    )
    .option('--issued <n>', 'accounts ever issued, if more than are listed', parseInteger(1))
    .option('--top <n>', 'list the n accounts with the largest sums too, named or not', parseInteger(1))
    .option('--ids', 'the files hold token ids: one JSON array, or one a line')
    .addOption(
      new Option('--normalize <how>', 'what is removed from texts first')
        .choices(['none', 'invisible', 'invisible-and-homoglyphs'])
        .default('invisible'),
    )
    .option('--tokenizer <path>', "the key's tokenizer.json");
  return addProbabilityOptions(command)
    .option('--decoys <r>', 'rank the key among so many random keys', parseInteger(1))
    .addOption(formatOption(['text', 'json', 'html']))
    .action(trace);
}

async function trace(files: string[], options: TraceCommandOptions): Promise<void> {
  const { ids = false, format } = options;
  const key = await readKey(options.key);
  if (key.params.accountShare === 0) {
    throw new CommandError(`${options.key}: this key has no account share, so no answer carries an account`);
  }
  const { accounts, notes } = await readAccounts(options.accounts, options.column);
  const { top = 0 } = options;
  const issued = issuedOf(accounts, options.issued);
  const documents: InputDocument[] = [];
  for (const file of files) {
    for (const document of await readDocuments(file, ids)) documents.push(document);
  }
  for (const note of notes) say(note);
  const paths = options.tokenizer === undefined ? [] : [options.tokenizer];
  const tokenizers = ids && options.proxy === undefined ? [] : await openTokenizersOf([key], paths);
  const tokenizer = tokenizers.find(({ fingerprint }) => fingerprint === key.params.tokenizer.fingerprint);
  try {
    const tracer = checkingValues(
      () =>
        new AccountTracer(key, {
          normalization: options.normalize,
          keepDocuments: format === 'html',
          ...(tokenizer === undefined ? {} : { tokenizer }),
          ...(options.alpha === undefined ? {} : { alpha: options.alpha }),
          ...(options.decoys === undefined ? {} : { decoys: { count: options.decoys } }),
        }),
    );
    try {
      const probabilities = await findProbabilities(
        documents,
        { ...options, tokenizer: paths },
        [key],
        tokenizers,
        (document) => tracer.tokenize(document),
      );
      for (const [i, { name, content }] of documents.entries()) {
        await about(name, () => tracer.add(content, probabilities?.[i]));
      }
      const traces = tracer.trace(accounts, { issued, top });
      const names = documents.map(({ name }) => name);
      if (format === 'html')
        await writeData(htmlTraceReport(tracer, traces, names, { command: commandLine() }));
      else await print(traces, documents, format);
    } finally {
      tracer.close();
    }
  } finally {
    closeTokenizers(tokenizers);
  }
}

async function print(
  { documents, pooled }: AccountTraces,
  texts: readonly InputDocument[],
  format: 'text' | 'json',
): Promise<void> {
  const software = usedSoftware(commandVersion());
  for (const [i, found] of documents.entries())
    await printText([texts[i] as InputDocument], found, format, software);
  if (pooled !== undefined) await printText(texts, pooled, format, software);
  if (format === 'text') await writeData(`${TRACE_MEANING}\n`);
}

// The pool has no name of its own.
async function printText(
  texts: readonly InputDocument[],
  found: AccountTrace,
  format: 'text' | 'json',
  software: Software,
): Promise<void> {
  const name = found.scope === 'pooled' ? undefined : texts[0]?.name;
  if (format === 'text') {
    await writeData(`${describeTrace(name ?? 'all texts as one', found)}\n`);
    return;
  }
  const finding = findingOf('account-trace', {
    level: found.alpha,
    software,
    keys: [found],
    inputs: texts.map((text) => findingInput(text.content, text.name)),
  });
  const { object, ...rest } = found;
  await writeJson({ object, finding, ...rest, ...(name === undefined ? {} : { input: name }) });
}
