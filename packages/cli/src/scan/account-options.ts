import type { AccountList } from '@countermark/corpus';
import type { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { parseInteger, parseNumber } from '../options.ts';
import { say } from '../output.ts';
import { readAccounts } from '../read-accounts.ts';

/** Options that say which accounts detected documents are compared with. */
export interface AccountOptions {
  readonly accounts?: string;
  readonly column?: string;
  readonly issued?: number;
  readonly accountAlpha?: number;
}

/** Adds them. */
export function addAccountOptions(command: Command): Command {
  return command
    .option('--accounts <file>', 'name accounts: ids, one a line, or a .csv file with a header')
    .option('--column <name>', 'the column of a .csv file that holds the accounts')
    .option('--issued <n>', 'accounts ever issued, if more than are listed', parseInteger(1))
    .option(
      '--account-alpha <level>',
      'probability of naming any innocent account, fixed beforehand (default 1e-3)',
      parseNumber,
    );
}

/** Reads the accounts, if some were asked for. */
export async function findAccounts(options: AccountOptions): Promise<AccountList | undefined> {
  const { accounts: path, column, issued: ever, accountAlpha: alpha = 1e-3 } = options;
  if (path === undefined) {
    if (column !== undefined || ever !== undefined)
      throw new CommandError('--column and --issued belong to --accounts');
    return undefined;
  }
  if (!(alpha > 0 && alpha < 1)) {
    throw new CommandError(`--account-alpha expected a level between 0 and 1, got ${alpha}`);
  }
  const { accounts, notes } = await readAccounts(path, column);
  for (const note of notes) say(note);
  const { length } = accounts;
  const issued = ever ?? length;
  if (issued < length)
    throw new CommandError(`--issued ${issued} is fewer than the ${length} accounts listed`);
  return { accounts, issued, alpha };
}
