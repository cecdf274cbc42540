/** Accounts as requests name them. */
import { z } from 'zod';
import { ACCOUNT_ID_FORM, isAccountId } from '../accounts/account-id.ts';
import { listOf } from '../http/list-schema.ts';

/** An account id. */
const AccountId = z.string().refine(isAccountId, { error: ACCOUNT_ID_FORM });

/** Account ids, at least one. */
export const AccountIdList = listOf(AccountId, (id) => typeof id === 'string' && isAccountId(id)).min(1);

const chosenMembers = {
  ids: AccountIdList.refine((ids) => new Set(ids).size === ids.length, { error: 'must be different' })
    .optional()
    .describe('ids of all accounts ever issued; either these or `registered`'),
  registered: z
    .literal(true)
    .optional()
    .describe('all accounts that are registered, and as issued all that ever were'),
  issued: z
    .int()
    .min(1)
    .optional()
    .describe(
      'accounts ever issued, if more than are listed or registered: p-values are corrected for all of them',
    ),
};

interface Chosen {
  readonly ids?: readonly string[] | undefined;
  readonly registered?: true | undefined;
  readonly issued?: number | undefined;
}

const isEither = ({ ids, registered }: Chosen): boolean => (ids === undefined) !== (registered === undefined);
const coversIds = ({ ids = [], issued = ids.length }: Chosen): boolean => issued >= ids.length;
const EITHER = { error: 'expected either "ids" or "registered"' };
const COVERS = { error: 'must not be fewer than the ids', path: ['issued'] };

/** Accounts that a document is traced to. */
export const TracedAccounts = z
  .strictObject({
    ...chosenMembers,
    alpha: z
      .number()
      .gt(0)
      .lt(1)
      .default(1e-3)
      .describe('probability of naming any innocent account, fixed beforehand'),
  })
  .refine(isEither, EITHER)
  .refine(coversIds, COVERS)
  .describe('accounts that the document is traced to, under one key; needs the scope `trace`');

/** Accounts whose slots a detection reads beside the common ones. */
export const SlotAccounts = z
  .strictObject(chosenMembers)
  .refine(isEither, EITHER)
  .refine(coversIds, COVERS)
  .describe(
    'accounts whose slots are read beside the common ones, for the mark of any of them; the answer names none. `ids` of your own need the scope `trace`',
  );
