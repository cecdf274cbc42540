import { type AccountIds, PackedAccounts } from '@countermark/detector';
import type { ChosenAccounts } from './chosen-accounts.ts';

/** Returns accounts, as they came into a thread, as the library takes them. */
export function accountIds(ids: ChosenAccounts['ids']): AccountIds {
  return 'bytes' in ids ? new PackedAccounts(ids.bytes, ids.ends) : ids;
}
