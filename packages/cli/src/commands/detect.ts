import {
  correctDocuments,
  type Detection,
  Detector,
  findingInput,
  findingOf,
  type ListedAccounts,
  type Normalization,
  type ReportedDetection,
  softwareInWords,
  type TokenProbabilities,
  type TupleEvidence,
  tupleEvidence,
  usedSoftware,
} from '@countermark/detector';
import { htmlReport } from '@countermark/detector/report';
import { type MarkKey, WatermarkKey } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { Argument, Command, Option } from 'commander';
import { about, CommandError, checkingValues } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { describeDetection } from '../describe-detection.ts';
import { ExitCode } from '../exit-code.ts';
import { importConfig, readMarkKey } from '../foreign-keys.ts';
import { checkIsNew } from '../keys.ts';
import { recordsNotice } from '../looks-like-records.ts';
import { collect, collectChoice, formatOption, parseInteger, parseNumber } from '../options.ts';
import { say, writeData, writeJson } from '../output.ts';
import { addProbabilityOptions, findProbabilities, type ProbabilityOptions } from '../probability-options.ts';
import { issuedOf, readAccounts } from '../read-accounts.ts';
import { type InputDocument, readDocuments } from '../read-documents.ts';
import { commandVersion } from '../software.ts';
import { closeTokenizers, openTokenizersOf } from '../tokenizers.ts';

interface DetectOptions extends ProbabilityOptions {
  readonly key?: readonly string[];
  readonly params?: readonly string[];
  readonly profile?: string;
  readonly vocabSize?: number;
  readonly permutations?: number;
  readonly format: 'text' | 'json' | 'html';
  readonly ids?: boolean;
  readonly minTokens?: number;
  readonly alpha?: number;
  readonly normalize: Normalization;
  readonly regions?: boolean;
  readonly accounts?: string;
  readonly column?: string;
  readonly issued?: number;
  readonly decoys?: number;
  readonly evidence?: boolean;
  readonly failOn?: readonly (typeof VERDICTS)[number][];
}

// In the order in which they decide the exit status.
const VERDICTS = ['detected', 'inconclusive'] as const;

/** `countermark detect`: tests documents for the mark of one or more keys. */
export function detectCommand(): Command {
  const command = new Command('detect')
    .addArgument(new Argument('<file...>', 'texts in UTF-8, or token ids with --ids; - is standard input'))
    .option('--key <file>', 'a key file; may be given several times', collect)
    .option('--params <file>', "another watermark's configuration; may be given several times", collect)
    .option('--profile <name>', 'which watermark, where the fields of --params do not say')
    .option(
      '--vocab-size <n>',
      "with --params, logits of the model (default the tokenizer's vocabulary)",
      parseInteger(2),
    )
    .addOption(formatOption(['text', 'json', 'html']))
    .option('--ids', 'the files hold token ids: one JSON array, or one a line')
    .option('--min-tokens <n>', 'fewer scored tokens are inconclusive (default 50)', parseInteger(1))
    .option('--alpha <level>', 'false-positive rate, fixed beforehand (default 1e-6)', parseNumber)
    .addOption(
      new Option('--normalize <how>', 'what is removed from texts first')
        .choices(['none', 'invisible', 'invisible-and-homoglyphs'])
        .default('invisible'),
    )
    .option(
      '--tokenizer <path>',
      "a key's tokenizer.json, or what --params has; may be given several times",
      collect,
    )
    .option('--regions', 'say which parts carry the mark, and correct for having searched')
    .option(
      '--accounts <file>',
      'read account slots too, for the mark of any account of a list, one id a line or a .csv file; names none',
    )
    .option('--column <name>', 'the column of a .csv file that holds the accounts')
    .option('--issued <n>', 'accounts ever issued, if more than are listed', parseInteger(1));
  return addProbabilityOptions(command)
    .option(
      '--decoys <r>',
      'rank each key among so many random keys (default 19 for keys of other watermarks, 0 for none)',
      parseInteger(0),
    )
    .option(
      '--permutations <r>',
      'keys whose p-value is a rank: random keys to rank among (default 999)',
      parseInteger(1),
    )
    .option(
      '--evidence',
      'with --format json, list the scored tuples, for "check"; for Countermark\'s own keys only',
    )
    .option('--fail-on <verdict>', 'exit with 1 if detected, 3 if inconclusive', collectChoice(VERDICTS))
    .action(detect);
}

async function detect(files: string[], options: DetectOptions): Promise<void> {
  const { ids = false, format, regions = false, evidence = false } = options;
  if (evidence && format !== 'json') throw new CommandError('--evidence belongs to --format json');
  if (regions && (options.probabilities ?? options.proxy) !== undefined) {
    throw new CommandError(
      `give either --regions or --${options.proxy === undefined ? 'probabilities' : 'proxy'}: regions cannot be searched with weighed tokens`,
    );
  }
  if (options.accounts !== undefined && (options.probabilities ?? options.proxy) !== undefined) {
    throw new CommandError(
      `--accounts reads account slots, which no probabilities weigh: give --accounts, or --${options.proxy === undefined ? 'probabilities' : 'proxy'}`,
    );
  }
  const keys = await readMarkKeys(options);
  const accounts = await readAccountList(options, keys);
  const own = keys.filter((key) => key instanceof WatermarkKey);
  if (evidence && own.length < keys.length) {
    throw new CommandError(
      "--evidence is for Countermark's own keys: listed tuples can give away the key of another watermark",
    );
  }
  // One after another: thousands of files would be more than may be open at once.
  const documents: InputDocument[] = [];
  for (const file of files) {
    for (const document of await readDocuments(file, ids)) {
      const notice = recordsNotice(file, document, options.key ?? []);
      if (notice !== undefined) say(notice);
      documents.push(document);
    }
  }
  const needsTokens = !ids || options.proxy !== undefined;
  const tokenizers: readonly Tokenizer[] = needsTokens
    ? await openTokenizersOf(keys, options.tokenizer ?? [])
    : [];
  try {
    const detector = checkingValues(
      () =>
        new Detector(keys, {
          tokenizers,
          normalization: options.normalize,
          regions,
          ...(options.decoys === undefined ? {} : { decoys: { count: options.decoys } }),
          ...(accounts === undefined ? {} : { accounts }),
          ...(options.permutations === undefined ? {} : { permutations: options.permutations }),
          ...(options.alpha === undefined ? {} : { alpha: options.alpha }),
          ...(options.minTokens === undefined ? {} : { minTokens: options.minTokens }),
        }),
    );
    try {
      const probabilities = await findProbabilities(documents, options, keys, tokenizers, (document) =>
        detector.tokenize(document),
      );
      const verdicts =
        format === 'html'
          ? await printPage(detector, documents, probabilities)
          : await print(detector, documents, probabilities, format, evidence ? own : undefined);
      process.exitCode = exitCodeOf(verdicts, options.failOn ?? []);
    } finally {
      detector.close();
    }
  } finally {
    closeTokenizers(tokenizers);
  }
}

async function readAccountList(
  { accounts: path, column, issued: given }: DetectOptions,
  keys: readonly MarkKey[],
): Promise<ListedAccounts | undefined> {
  if (path === undefined) {
    if ((column ?? given) === undefined) return undefined;
    throw new CommandError(`--${column === undefined ? 'issued' : 'column'} belongs to --accounts`);
  }
  if (keys.every((key) => !(key instanceof WatermarkKey && key.params.accountShare > 0))) {
    throw new CommandError('--accounts expected a key that gives accounts a share, got none');
  }
  const { accounts: ids, notes } = await readAccounts(path, column);
  const issued = issuedOf(ids, given);
  for (const note of notes) say(note);
  return { ids, issued };
}

async function readMarkKeys(options: DetectOptions): Promise<MarkKey[]> {
  const { key: keyPaths = [], params = [], profile, vocabSize, tokenizer: names = [] } = options;
  if (keyPaths.length + params.length === 0) {
    throw new CommandError(
      'give a key file with --key, or the configuration of another watermark with --params',
    );
  }
  if (params.length === 0 && (profile ?? vocabSize) !== undefined) {
    throw new CommandError(`--${profile === undefined ? 'vocab-size' : 'profile'} belongs to --params`);
  }
  if (params.length > 0 && names.length > 1) {
    throw new CommandError('--params takes one --tokenizer; make key files with "params import" for several');
  }
  const [name] = names;
  const keys: MarkKey[] = [];
  const add = (key: MarkKey, path: string): void => {
    checkIsNew(key, keys, path);
    keys.push(key);
  };
  for (const path of keyPaths) add(await readMarkKey(path), path);
  for (const path of params) {
    const key = await importConfig(path, {
      ...(profile === undefined ? {} : { profile }),
      ...(vocabSize === undefined ? {} : { vocabSize }),
      ...(name === undefined ? {} : { tokenizer: name }),
    });
    add(key, path);
  }
  return keys;
}

async function print(
  detector: Detector,
  documents: readonly InputDocument[],
  probabilities: readonly TokenProbabilities[] | undefined,
  format: 'text' | 'json',
  own: readonly WatermarkKey[] | undefined,
): Promise<string[]> {
  const raw: Detection[] = [];
  const evidence: TupleEvidence[] = [];
  for (const [i, { name, content }] of documents.entries()) {
    await about(name, () => {
      if (own === undefined) raw.push(detector.detect(content, probabilities?.[i]));
      else evidence.push(listTuples(detector.report(content, probabilities?.[i]), own, raw));
    });
  }
  const software = usedSoftware(commandVersion());
  const detections = correctDocuments(raw);
  for (const [i, detection] of detections.entries()) {
    const { name, content } = documents[i] as InputDocument;
    const listed = evidence[i] === undefined ? {} : { evidence: evidence[i] };
    if (format === 'json') {
      const finding = findingOf('detection', {
        level: detection.alpha,
        software,
        keys: detection.keys,
        inputs: [findingInput(content, name)],
      });
      const { object, ...found } = detection;
      await writeJson({ object, finding, ...found, software, ...listed, input: name });
    } else await writeData(`${describeDetection(name, detection)}\n`);
  }
  if (format === 'text') await writeData(`software ${softwareInWords(software)}\n`);
  return detections.map(({ verdict }) => verdict);
}

// Adds the detection to `raw`, and keeps of the trace what is to be printed: not the whole document.
function listTuples(
  traced: ReportedDetection,
  own: readonly WatermarkKey[],
  raw: Detection[],
): TupleEvidence {
  const key = own.find(({ keyId }) => keyId === traced.detection.keyId);
  if (key === undefined) throw new Error('a key that was not given was tested');
  raw.push(traced.detection);
  return tupleEvidence(traced, key);
}

async function printPage(
  detector: Detector,
  documents: readonly InputDocument[],
  probabilities: readonly TokenProbabilities[] | undefined,
): Promise<string[]> {
  const traced: ReportedDetection[] = [];
  for (const [i, { name, content }] of documents.entries()) {
    traced.push(await about(name, () => detector.report(content, probabilities?.[i])));
  }
  const detections = correctDocuments(traced.map(({ detection }) => detection));
  const sections = detections.map((detection, i) => ({
    name: documents[i]?.name ?? '',
    detection,
    traced: traced[i] as ReportedDetection,
  }));
  await writeData(
    htmlReport(sections, {
      command: commandLine(),
      software: softwareInWords(usedSoftware(commandVersion())),
    }),
  );
  return detections.map(({ verdict }) => verdict);
}

function exitCodeOf(verdicts: readonly string[], failOn: readonly string[]): number {
  for (const verdict of VERDICTS) {
    if (failOn.includes(verdict) && verdicts.includes(verdict)) return ExitCode[verdict];
  }
  return ExitCode.ran;
}
