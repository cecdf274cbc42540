/** The accounts that a request chooses: those that it lists, or those that are registered. */
import { Problem } from '../http/problem.ts';
import type { AccountRegister, SharedAccounts } from './account-register.ts';
import type { AccountCounts } from './account-store.ts';

/** What a request says. */
export interface AccountChoice {
  readonly ids?: readonly string[] | undefined;
  readonly registered?: true | undefined;
  readonly issued?: number | undefined;
}

/** Accounts as a thread takes them. */
export interface ChosenAccounts {
  readonly ids: readonly string[] | Pick<SharedAccounts, 'bytes' | 'ends'>;
  /** At least as many as are listed. */
  readonly issued: number;
}

/**
 * Finds the accounts that a request chooses.
 *
 * @param param what the request calls them.
 * @throws {Problem} `unprocessable` where none is registered, `invalid-request` where fewer are said to be issued than were.
 */
export async function chooseAccounts(
  { ids, issued }: AccountChoice,
  register: AccountRegister,
  param: string,
): Promise<ChosenAccounts> {
  if (ids !== undefined) return { ids, issued: issued ?? ids.length };
  const { issued: ever, bytes, ends } = await register.current();
  checkRegistered({ issued }, { registered: ends.length, issued: ever }, param);
  return { ids: { bytes, ends }, issued: issued ?? ever };
}

/**
 * Checks that some accounts are registered, and no fewer are said to be issued than were.
 *
 * @throws {Problem} as {@link chooseAccounts} does.
 */
export function checkRegistered(
  { issued }: AccountChoice,
  counts: Pick<AccountCounts, 'registered' | 'issued'>,
  param: string,
): void {
  if (counts.registered === 0) throw new Problem('unprocessable', 'no account is registered', { param });
  if (issued === undefined || issued >= counts.issued) return;
  const field = `${param}.issued`;
  const reason = `"${field}": must not be fewer than the ${counts.issued} that were registered`;
  throw new Problem('invalid-request', reason, { param: field });
}
