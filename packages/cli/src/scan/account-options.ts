import type { AccountList } from '@countermark/corpus';
import type { WatermarkKey } from '@countermark/watermark';
import type { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { counted } from '../counted.ts';
import { parseInteger, parseNumber } from '../options.ts';
import { say } from '../output.ts';
import { readAccounts } from '../read-accounts.ts';
import { checkLevel } from './check-options.ts';

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

/**
 * Reads the accounts, if some were asked for.
 *
 * @param keys of the scan.
 * @throws {CommandError} if options do not go together, or no key names accounts.
 */
export async function findAccounts(
  options: AccountOptions,
  keys: readonly WatermarkKey[],
): Promise<AccountList | undefined> {
  const { accounts: path, column, issued: ever, accountAlpha } = options;
  if (path === undefined) {
    if (column !== undefined || ever !== undefined || accountAlpha !== undefined)
      throw new CommandError('--column, --issued and --account-alpha belong to --accounts');
    return undefined;
  }
  checkLevel('account-alpha', accountAlpha);
  const alpha = accountAlpha ?? 1e-3;
  if (keys.every(({ params }) => params.accountShare === 0)) {
    throw new CommandError('--accounts: no key has an account share, so no answer carries an account');
  }
  const { accounts, notes } = await readAccounts(path, column);
  for (const note of notes) say(note);
  const { length } = accounts;
  const issued = ever ?? length;
  if (issued < length)
    throw new CommandError(`--issued ${issued} is fewer than the ${counted(length, 'account')} listed`);
  return { accounts, issued, alpha };
}
