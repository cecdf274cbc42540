/** Checks what a result says of account slots, as far as it follows from its numbers: their words are not listed. */
import { createScheme } from '@countermark/watermark/scheme';
import { nullTailLog10 } from '../law/law-of.ts';
import { type Check, type CheckCase, checkOf, differs, isFar } from './check.ts';

/** Checks the p-value of common and account slots together, if accounts were looked for. */
export function checkAccounts({ result, strongest, params }: CheckCase): Check[] {
  const { accounts } = result.settings;
  const slots = strongest.accountSlots;
  if (accounts === undefined && slots === undefined) return [];
  const hasSlots = accounts !== undefined && params.accountShare > 0;
  if (slots === undefined || !hasSlots) {
    const fault = differs('account slots that were read', slots !== undefined, hasSlots);
    return [checkOf('accounts', 'the key gives accounts no share', fault)];
  }
  const { nullLaw } = createScheme(params.scheme);
  const isSum = Number.isSafeInteger(slots.sum) && slots.sum >= 0;
  const log10P = isSum
    ? nullTailLog10(nullLaw, result.scored + slots.scored, result.statistic.sum + slots.sum)
    : Number.NaN;
  return [
    checkOf(
      'accounts',
      `log10 p of common and account slots is ${log10P}, before it is corrected for ${slots.issued} accounts`,
      isSum ? undefined : `the sum of the account slots, ${slots.sum}, is no sum of scores`,
      differs('accounts listed', slots.accounts, accounts.listed),
      differs('accounts issued', slots.issued, accounts.issued),
      slots.issued < slots.accounts ? 'more accounts are listed than were issued' : undefined,
      slots.scored > result.otherSlots
        ? `${slots.scored} account-slot tuples are said to be in ${result.otherSlots} tokens of other slots`
        : undefined,
      isFar('log10 of the p-value with account slots', slots.log10RawPValue, log10P),
      isFar(
        'log10 of the p-value with account slots, corrected',
        slots.log10PValue,
        Math.min(0, log10P + Math.log10(slots.issued)),
      ),
    ),
  ];
}
