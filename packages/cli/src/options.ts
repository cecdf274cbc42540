import { type Command, InvalidArgumentError, Option } from 'commander';

/** Parses an option's value as a finite number. */
export function parseNumber(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number)) throw new InvalidArgumentError('It is not a number.');
  return number;
}

/** Parses an option's value as an integer of at least `least`. */
export function parseInteger(least: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^-?\d+$/.test(value) || !Number.isSafeInteger(number) || number < least) {
      throw new InvalidArgumentError(`It is not an integer of at least ${least}.`);
    }
    return number;
  };
}

/** Parses an option's value as a list separated by commas. */
export function parseList(value: string): string[] {
  return value.split(',').map((part) => part.trim());
}

/** Parses an option's value as finite numbers separated by commas. */
export function parseNumbers(value: string): number[] {
  return parseList(value).map(parseNumber);
}

/** Collects an option that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

/** The `--format` option; `text` is the default. */
export function formatOption(choices: readonly string[]): Option {
  return new Option('--format <format>', 'what standard output holds').choices([...choices]).default('text');
}

/** What commands that write `documents.parquet` are told of it. */
export interface DocumentsOptions {
  /** Which documents the table has (default all). */
  readonly documents?: 'all' | 'detected' | 'none';
  readonly documentsPerFile?: number;
}

/** Adds the options of {@link DocumentsOptions}. */
export function addDocumentsOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--documents <which>', 'which documents documents.parquet has (default all)').choices([
        'all',
        'detected',
        'none',
      ]),
    )
    .option(
      '--documents-per-file <n>',
      'begin another file of documents after so many (default: all in one)',
      parseInteger(1),
    );
}

/** Collects an option that may be given several times, each value one of `choices`. */
export function collectChoice<T extends string>(
  choices: readonly T[],
): (value: string, previous?: readonly T[]) => readonly T[] {
  return (value, previous = []) => {
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
    return [...previous, choice];
  };
}

const DAY = /^\d{4}-\d\d-\d\d$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** Parses an option's value as a day, which begins in UTC, or as an instant of RFC 3339. */
export function parseInstant(value: string): Date {
  const date = new Date(value);
  if (!(DAY.test(value) || INSTANT.test(value)) || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('It is neither a day such as 2030-01-31 nor a time of RFC 3339.');
  }
  return date;
}
