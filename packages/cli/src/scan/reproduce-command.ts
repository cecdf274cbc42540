import { shownLocation } from '@countermark/corpus/driver';
import { commandLine, quoteArgument } from '../command-line.ts';
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
  const words = process.argv.slice(2);
  return commandLine(
    words.map(withoutSecrets).filter((word, i) => {
      const isValue = NOT_OF_THE_RESULT.includes(words[i - 1] ?? '');
      return !isValue && !NOT_OF_THE_RESULT.includes(word.split('=', 1)[0] ?? '');
    }),
  );
}

/** Characters that are kept of a command: one with thousands of paths says nothing that the plan does not. */
const LONGEST = 4000;

/** Returns the running command, which plans a scan: all of it, but for what may be secret in addresses. */
export function plannedCommand(): string {
  const command = commandLine(process.argv.slice(2).map(withoutSecrets));
  return command.length <= LONGEST ? command : `${command.slice(0, LONGEST)} …`;
}

// A query may hold a signature, wherever an address stands in a word: as a path, or in --exclude=ADDRESS.
function withoutSecrets(word: string): string {
  return word.replaceAll(/https?:\/\/\S*/gi, shownLocation);
}
