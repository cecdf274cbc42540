import type { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import type { PlanOptions } from './plan-options.ts';

/** What a scan is of: paths, the shards of a plan, or standard input. */
export type ScanMode = 'paths' | 'plan' | 'stream';

// An option that does nothing would let an auditor believe that it did.
const REFUSED: Record<ScanMode, { readonly why: string; readonly takes: (name: string) => boolean }> = {
  paths: {
    why: 'belongs to --manifest',
    takes: (name) => !['task', 'tasks', 'parts'].includes(name),
  },
  plan: {
    why: 'does not go with --manifest: the plan, or merge, decides it',
    takes: (name) =>
      [
        'key',
        'tokenizer',
        'manifest',
        'task',
        'tasks',
        'parts',
        'strict',
        'threads',
        'timeLimit',
        'format',
      ].includes(name),
  },
  stream: {
    why: 'does not go with --stdin and --stdout',
    takes: (name) =>
      ['key', 'tokenizer', 'stdin', 'stdout', 'field', 'idsField', 'role', 'normalize', 'minTokens'].includes(
        name,
      ),
  },
};

/**
 * Refuses options that have no meaning in a way of scanning.
 *
 * @throws {CommandError} naming the first.
 */
export function checkScanOptions(mode: ScanMode, command: Command): void {
  const { why, takes } = REFUSED[mode];
  for (const option of command.options) {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) === 'cli' && !takes(name)) {
      throw new CommandError(`${option.long} ${why}`);
    }
  }
}

/**
 * Checks what commander cannot of the options that plan a scan, before any file is looked at.
 *
 * @throws {CommandError} if a value is out of range, or two options exclude each other.
 */
export function checkPlanOptions(options: PlanOptions): void {
  const { alpha, fdr, sample, seed, field, idsField } = options;
  checkLevel('alpha', alpha);
  checkLevel('fdr', fdr);
  if (sample !== undefined && !(sample > 0 && sample <= 1)) {
    throw new CommandError(`--sample expected a share above 0 and at most 1, got ${sample}`);
  }
  if (seed !== undefined && !/^[0-9a-f]{64}$/.test(seed)) {
    throw new CommandError('--seed takes 64 lowercase hex digits');
  }
  for (const [name, value] of Object.entries({ quote: options.quote, escape: options.escape })) {
    if (value !== undefined && [...value].length !== 1 && !(name === 'quote' && value === 'none')) {
      throw new CommandError(`--${name} expected one character, got ${JSON.stringify(value)}`);
    }
  }
  if (options.delimiter === '')
    throw new CommandError('--delimiter expected at least one character, got none');
  if (field !== undefined && idsField !== undefined) {
    throw new CommandError('give either --field or --ids-field');
  }
}

/**
 * Checks a level.
 *
 * @param name of the option, without dashes.
 * @throws {CommandError} if it is not between 0 and 1.
 */
export function checkLevel(name: string, value: number | undefined): void {
  if (value === undefined || (value > 0 && value < 1)) return;
  throw new CommandError(`--${name} expected a level between 0 and 1, got ${value}`);
}
