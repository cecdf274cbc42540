import {
  type AuditTerms,
  checkPlanned,
  formatAuditPlan,
  parseAuditPlan,
  termsDigest,
} from '@countermark/audit';
import { describe, expect, it } from 'vitest';

const TERMS: AuditTerms = {
  keyId: 'k',
  params: 'p',
  access: 'answers',
  statistic: 'drawn',
  alpha: 1e-6,
  minContexts: 1000,
  decoys: 20,
  mayStop: false,
  excluded: [],
};

describe('a plan of an audit', () => {
  it('is read as it was written, with the digest of its canonical JSON', () => {
    expect(parseAuditPlan(formatAuditPlan(TERMS))).toEqual(TERMS);
    // printf '%s' '{"access":"answers",…}' | sha256sum, with the members in alphabetical order.
    expect(termsDigest(TERMS)).toBe('26e25ae26c343f9d1ed802197d5b4fd268d1a410dcdabd877410384f3f4bce89');
    const { keyId, ...others } = TERMS;
    expect(termsDigest({ ...others, keyId })).toBe(termsDigest(TERMS));
    expect(termsDigest({ ...TERMS, filter: 'f'.repeat(64) })).not.toBe(termsDigest(TERMS));
  });

  it('says what differs', () => {
    expect(() => checkPlanned(TERMS, { ...TERMS })).not.toThrow();
    const differs = { ...TERMS, alpha: 0.01, filter: 'f'.repeat(64) };
    try {
      checkPlanned(TERMS, differs);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        code: 'plan-differs',
        details: [
          'alpha: 0.000001 was fixed, and it is 0.01',
          `filter: none was fixed, and it is "${'f'.repeat(64)}"`,
        ],
      });
    }
  });

  it.each([
    ['text', 'no JSON', 'no JSON'],
    ['another object', '{"object": "scan-plan"}', '"object"'],
    [
      'one that was changed',
      formatAuditPlan(TERMS).replace('1000', '10'),
      'its digest is not that of its terms',
    ],
    ['one with a member more', formatAuditPlan(TERMS).replace('"keyId"', '"more": 1, "keyId"'), '"terms"'],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseAuditPlan(text)).toThrow(message);
  });
});
