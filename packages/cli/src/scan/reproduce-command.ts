import { commandLine, quoteArgument, withoutSecrets } from '../command-line.ts';
import type { DocumentsOptions } from '../options.ts';
import type { AccountOptions } from './account-options.ts';
import type { ReportOptions } from './report-options.ts';

/** What the result of a whole scan depends on beside its manifest. */
export interface ResultOptions extends AccountOptions, ReportOptions, DocumentsOptions {
  readonly key: readonly string[];
  readonly tokenizer?: readonly string[];
}

// Where a result goes and how fast it comes are no part of it.
const NOT_OF_THE_RESULT = ['--out', '--threads', '--time-limit', '--format'];
// Nor are these of the plan, which only says what is scanned and how.
const NOT_OF_THE_PLAN = [
  ...NOT_OF_THE_RESULT,
  ...['--accounts', '--column', '--issued', '--account-alpha', '--name', '--date'],
  ...['--documents', '--documents-per-file'],
];
const FLAGS_NOT_OF_THE_PLAN = ['--strict', '--stop'];

/**
 * Returns the command that gives a result again, to be run beside its manifest. It is the same whether one command scanned
 * everything or many tasks did, as all of the page is.
 */
export function reproduceCommand({
  key,
  tokenizer = [],
  accounts,
  column,
  issued,
  accountAlpha,
  documents,
  documentsPerFile,
  name,
  date,
}: ResultOptions): string {
  const keys = ['--manifest', 'manifest.json', ...key.flatMap((path) => ['--key', path])];
  const common = [...keys, ...tokenizer.flatMap((path) => ['--tokenizer', path])];
  const asked = {
    '--accounts': accounts,
    '--column': column,
    '--issued': issued,
    '--account-alpha': accountAlpha,
    '--documents': documents,
    '--documents-per-file': documentsPerFile,
    '--name': name,
    '--date': date,
  };
  const said = Object.entries(asked).flatMap(([option, value]) =>
    value === undefined ? [] : [option, String(value)],
  );
  return [
    ['countermark', 'scan', ...common],
    ['&&', 'countermark', 'merge', ...common, ...said],
  ]
    .map((words) => words.map((word) => (word === '&&' ? word : quoteArgument(word))).join(' '))
    .join(' ');
}

/** Returns the running command without what its result does not depend on: for a scan that stopped, which has no other. */
export function stoppedCommand(): string {
  return commandLine(without(process.argv.slice(2), NOT_OF_THE_RESULT));
}

/** Characters that are kept of a command: one with thousands of paths says nothing that the plan does not. */
const LONGEST = 4000;

/**
 * Returns the command that makes the plan which the running command makes: the same whether that only plans, or scans at once, and wherever its result goes.
 *
 * Nothing of it is secret: addresses are without their queries.
 */
export function plannedCommand(): string {
  const [, ...words] = process.argv.slice(2);
  const command = commandLine(['plan', ...without(words, NOT_OF_THE_PLAN, FLAGS_NOT_OF_THE_PLAN)]);
  return command.length <= LONGEST ? command : `${command.slice(0, LONGEST)} …`;
}

/** Leaves out options, and what may be secret in addresses. */
function without(
  words: readonly string[],
  options: readonly string[],
  flags: readonly string[] = [],
): string[] {
  return words
    .filter((word, i) => {
      const [name = ''] = word.split('=', 1);
      return !options.includes(words[i - 1] ?? '') && !options.includes(name) && !flags.includes(word);
    })
    .map((word) => withoutSecrets(word));
}
