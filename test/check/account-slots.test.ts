import { checkResult, type Detection, type ResultToCheck } from '@countermark/detector';
import { describe, expect, it } from 'vitest';
import { failed, GUMBEL, letterKey, restated, resultOf } from './cases.ts';

const { key, text } = GUMBEL;
const accounts = { ids: ['ada', 'grace', 'edsger'], issued: 10 };
const honest = resultOf([key], text, { accounts });

/** Changes what a result says of its account slots, at both places. */
function withSlots(change: Partial<NonNullable<Detection['accountSlots']>>): ResultToCheck {
  return restated(honest, { accountSlots: { ...honest.result.accountSlots!, ...change } });
}

describe('a result with account slots', () => {
  it('passes as it is, with several keys and with parts too', () => {
    const other = letterKey('other', { kind: 'gumbel' });
    for (const given of [
      honest,
      resultOf([key, other], text, { accounts }),
      resultOf([key], text, { accounts, regions: true }),
      resultOf([key, other], text, { accounts, regions: true }),
      resultOf([key], text.slice(0, 30), { accounts }),
    ]) {
      const { passed, checks, notChecked } = checkResult(given);
      expect(checks.filter((check) => !check.passed)).toEqual([]);
      expect(passed).toBe(true);
      expect(checks.map(({ name }) => name)).toContain('accounts');
      expect(notChecked.join(' ')).toContain('The sum of the account slots and their e-value');
    }
  });

  it.each([
    ['another sum', { sum: honest.result.accountSlots!.sum + 2 ** 24 }],
    ['a sum that is none', { sum: 0.5 }],
    ['fewer tuples', { scored: honest.result.accountSlots!.scored - 3 }],
    ['a smaller p-value', { log10RawPValue: honest.result.accountSlots!.log10RawPValue - 1 }],
    ['a p-value that is not corrected', { log10PValue: honest.result.accountSlots!.log10RawPValue }],
    ['fewer accounts issued', { issued: 3 }],
    ['other accounts listed', { accounts: 2 }],
    ['more tuples than there are', { scored: honest.result.otherSlots + 1 }],
  ])('is found out where it states %s', (_, change) => {
    expect(failed(checkResult(withSlots(change)))).toContain('accounts');
  });

  it('is found out where the p-value leaves out what looking cost', () => {
    const log10PValue = honest.result.log10PValue - Math.log10(2);
    expect(failed(checkResult(restated(honest, { log10PValue, pValue: 10 ** log10PValue })))).toContain(
      'corrections',
    );
    const corrections = honest.result.corrections.filter(({ over }) => over !== 'accounts');
    expect(failed(checkResult({ ...honest, result: { ...honest.result, corrections } }))).toContain(
      'corrections',
    );
  });

  it('is found out where accounts were looked for and nothing is said of them', () => {
    const { accountSlots: _, ...result } = honest.result;
    const keys = result.keys.map(({ accountSlots, ...rest }) => rest);
    expect(failed(checkResult({ ...honest, result: { ...result, keys } }))).toContain('accounts');
  });
});
