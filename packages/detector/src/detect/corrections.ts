/** What the p-value of a detection is corrected for, and over how many tests, before any correction over documents. */
import { type AccountSlots, SLOT_TESTS } from '../accounts/account-slots.ts';
import type { Correction } from './detection.ts';

/**
 * Lists the corrections, in the order in which they are made.
 *
 * @param keys    keys that were tried.
 * @param windows that were searched under the strongest key; 0 for none.
 * @param slots   account slots under that key, if they were read.
 */
export function correctionsOf(keys: number, windows: number, slots: AccountSlots | undefined): Correction[] {
  const corrections: Correction[] = [];
  if (windows > 0) corrections.push({ method: 'bonferroni', over: 'windows', tests: windows + 1 });
  if (slots !== undefined) {
    corrections.push({ method: 'bonferroni', over: 'accounts', tests: slots.issued });
    corrections.push({ method: 'bonferroni', over: 'tests', tests: SLOT_TESTS });
  }
  if (keys > 1) corrections.push({ method: 'holm', over: 'keys', tests: keys });
  return corrections;
}

/** Counts the tests that a p-value is corrected for: of each key the whole, its windows, and one for each account. */
export function testsOf(keys: number, windows: number, slots: AccountSlots | undefined): number {
  return keys * (windows + 1 + (slots?.issued ?? 0));
}
