import { QValueTable } from '@countermark/detector/corpus';
import { benjaminiHochberg } from '@countermark/detector/stats';
import { seededRandom } from '@countermark/watermark';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** log10 of 0.01 % more, and of its rounding. */
const LOG10_PRICE = Math.log10(1.00011);
/** log10 p of which a coarse bin has more than 1e-4 nats: below ln p = −64 a bin is 1e-5 of ln p wide. */
const FINE = -64 * Math.LOG10E;

function tableOf(log10PValues: readonly number[]): QValueTable {
  const table = new QValueTable();
  for (const value of log10PValues) table.add(value);
  return table;
}

const pValues = fc.array(
  fc.oneof(
    fc.double({ min: -5, max: 0, noNaN: true }),
    fc.double({ min: -30, max: 0, noNaN: true }),
    fc.double({ min: -100_000, max: 0, noNaN: true }),
    fc.constantFrom(0, -1, -4, -Infinity, FINE, FINE - 1e-12),
  ),
  { minLength: 1, maxLength: 60 },
);

describe('QValueTable', () => {
  it('is the same whether tests are added one by one or as tables, by any tree', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(pValues, cuts, (values, of) => {
        const whole = tableOf(values);
        const [first, second, third] = [0, 1, 2].map((part) =>
          tableOf(values.filter((_, i) => of[i] === part)),
        ) as [QValueTable, QValueTable, QValueTable];
        third.merge(first);
        const united = QValueTable.fromBins(third.toBins());
        united.merge(second);
        expect(united.tests).toBe(whole.tests);
        expect(united.rejections(-3)).toBe(whole.rejections(-3));
        for (const value of values) expect(united.log10QValue(value)).toBe(whole.log10QValue(value));
      }),
      { seed: 1 },
    );
  });

  it('gives values that are never below the exact ones, and above them by less than 0.011 % of a p-value', () => {
    fc.assert(
      fc.property(pValues, (values) => {
        const table = tableOf(values);
        const exact = benjaminiHochberg(values);
        for (const [i, value] of values.entries()) {
          const found = table.log10QValue(value);
          // The same sums in another order: log10(m / j) against log10 m − log10 j, a few 2^-53 of their size.
          const rounding = 1e-15 * (10 + Math.abs(exact[i]!));
          if (exact[i] === -Infinity) {
            expect(found).toBe(-Infinity);
            continue;
          }
          expect(found - exact[i]!).toBeGreaterThanOrEqual(-rounding);
          expect(found - exact[i]!).toBeLessThanOrEqual(LOG10_PRICE + 1.1e-5 * Math.abs(exact[i]!));
          if (exact[i]! > FINE) expect(found - exact[i]!).toBeLessThanOrEqual(LOG10_PRICE);
        }
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('is exact where no two values are within 1e-4 nats', () => {
    const values = Array.from({ length: 200 }, (_, i) => -(i * i) / 1000 - i / 100);
    const table = tableOf(values);
    const exact = benjaminiHochberg(values);
    for (const [i, value] of values.entries()) expect(table.log10QValue(value)).toBeCloseTo(exact[i]!, 12);
  });

  it('rejects as many of 100,000 as the exact procedure does, but for those at the very level', () => {
    const random = seededRandom(5);
    // One in fifty carries a mark of some strength.
    const values = Array.from({ length: 100_000 }, (_, i) =>
      i % 50 === 0 ? -12 * random() : Math.log10(random()),
    );
    const table = tableOf(values);
    const exact = benjaminiHochberg(values);
    expect(table.tests).toBe(100_000);
    for (const level of [0.2, 0.05, 0.01, 1e-3, 1e-6]) {
      const log10Level = Math.log10(level);
      const found = table.rejections(log10Level);
      expect(found).toBe(values.filter((value) => table.log10QValue(value) <= log10Level).length);
      const atMost = exact.filter((value) => value <= log10Level + 1e-12).length;
      const atLeast = exact.filter((value) => value <= log10Level - LOG10_PRICE).length;
      expect(found).toBeLessThanOrEqual(atMost);
      expect(found).toBeGreaterThanOrEqual(atLeast);
      // At these values nothing lies between the two, so the count is exact.
      expect(atLeast, `at ${level}`).toBe(atMost);
    }
  });

  it('does not depend on the order of tests', () => {
    fc.assert(
      fc.property(
        pValues.chain((values) =>
          fc.tuple(fc.constant(values), fc.shuffledSubarray(values, { minLength: values.length })),
        ),
        ([values, shuffled]) => {
          const table = tableOf(values);
          const other = tableOf(shuffled);
          for (const value of values) expect(other.log10QValue(value)).toBe(table.log10QValue(value));
        },
      ),
      { seed: 2 },
    );
  });

  it('counts a test that is added after a look', () => {
    const table = tableOf([-3]);
    expect(table.log10QValue(-3)).toBe(-3);
    table.add(0);
    expect(table.log10QValue(-3)).toBeCloseTo(-3 + Math.log10(2), 12);
    expect(table.rejections(-2)).toBe(1);
  });

  it('refuses values that are no p-values, and to tell of tests that were not added', () => {
    const table = tableOf([-3]);
    for (const value of [0.1, Number.NaN, Infinity]) expect(() => table.add(value)).toThrow(RangeError);
    expect(() => table.log10QValue(-4)).toThrow(/one that was added/);
    expect(new QValueTable().rejections(0)).toBe(0);
  });
});
