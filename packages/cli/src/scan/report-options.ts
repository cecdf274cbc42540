import type { Command } from 'commander';
import { CommandError } from '../command-error.ts';

/** What a report is headed with. */
export interface ReportOptions {
  readonly name?: string;
  readonly date?: string;
}

/** Adds them. */
export function addReportOptions(command: Command): Command {
  return command
    .option('--name <text>', 'what the corpus is called in the report')
    .option(
      '--date <date>',
      'the date of the report, as 2026-05-31; without it a line is left to write it',
      parseDate,
    );
}

// The clock is not asked, so that the same parts give the same bytes.
function parseDate(value: string): string {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== value)
    throw new CommandError(`--date expected a date as 2026-05-31, got ${value}`);
  return value;
}
