import { formatPValue } from '@countermark/report';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** log10 of what a text says; its exponent may be far beyond a double's. */
function log10Of(text: string): number {
  const [mantissa = '', exponent = '0'] = text.split('e');
  return Math.log10(Number(mantissa)) + Number(exponent);
}

describe('formatPValue', () => {
  it.each([
    [0, '1'],
    [-1e-300, '1'],
    [Math.log10(0.5), '0.5'],
    [Math.log10(0.43), '0.43'],
    [Math.log10(0.43001), '0.4301'],
    [Math.log10(0.0021), '0.0021'],
    [Math.log10(0.99999), '1'],
    [-3, '1e-3'],
    [-6, '1e-6'],
    [Math.log10(3.1e-7), '3.1e-7'],
    [Math.log10(3.11e-7), '3.2e-7'],
    [Math.log10(9.91e-7), '1e-6'],
    [-38.5, '3.2e-39'],
    // 2^-128, rounded up: what a key of ours supports.
    [-38.6, '3e-39'],
    [-4213, '3e-39'],
    [-Infinity, '3e-39'],
  ])('writes the p-value of log10 %d as %s', (log10PValue, text) => {
    expect(formatPValue(log10PValue)).toBe(text);
  });

  it.each([
    [-307.5, '3.2e-308'],
    [-4213, '1e-4213'],
    [-100_000.5, '3.2e-100001'],
    [-Infinity, '0'],
  ])('writes that of log10 %d as %s where nothing bounds it', (log10PValue, text) => {
    expect(formatPValue(log10PValue, -Infinity)).toBe(text);
  });

  const log10PValue = fc.oneof(
    fc.double({ min: -3.1, max: 0, noNaN: true }),
    fc.double({ min: -10, max: 0, noNaN: true }),
    fc.double({ min: -1e5, max: 0, noNaN: true }),
    // Just beside a short decimal.
    fc
      .tuple(
        fc.integer({ min: 1, max: 9999 }),
        fc.integer({ min: -20, max: 0 }),
        fc.constantFrom(-1e-12, 0, 1e-12),
      )
      .map(([digits, exponent, shift]) => Math.min(0, Math.log10(digits) - 4 + exponent + shift)),
  );

  it('never says less than the number, nor more than one last digit above it', () => {
    const check = fc.property(log10PValue, (value) => {
      const text = formatPValue(value, -Infinity);
      expect(text).toMatch(/^(1|0\.\d{1,4}|\d(\.\d)?e-\d+)$/);
      // A billionth of the last digit is 1e-10 of the number at most; log10Of rounds in the last place of an exponent of 1e5.
      expect(log10Of(text)).toBeGreaterThanOrEqual(value - 1e-10 * Math.LOG10E - 2 ** -35);
      const lastDigit = value > -3 ? 1e-4 / 10 ** value : 0.1 / 10 ** (value - Math.floor(value));
      expect(log10Of(text)).toBeLessThanOrEqual(value + Math.log10(1 + lastDigit) + 2 ** -35);
    });
    fc.assert(check, { seed: 1, numRuns: 3000 });
  });

  it('never rises as p falls', () => {
    const check = fc.property(log10PValue, log10PValue, (a, b) => {
      const [small, large] = [formatPValue(Math.min(a, b)), formatPValue(Math.max(a, b))];
      expect(log10Of(small)).toBeLessThanOrEqual(log10Of(large));
    });
    fc.assert(check, { seed: 1, numRuns: 1000 });
  });
});
