import { MeanEValue } from '@countermark/detector/corpus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** Powers of two, whose sums are exact as integers: log10 of 2^e. */
const exponents = fc.array(fc.nat(3000), { minLength: 1, maxLength: 100 });
const RUNS = { seed: 1 };

/** log10 of a positive integer of any size, from its leading 60 bits. */
function log10Of(value: bigint): number {
  const bits = value.toString(2).length;
  const shift = BigInt(Math.max(0, bits - 60));
  return Math.log10(Number(value >> shift)) + Number(shift) * Math.log10(2);
}

function meanOf(list: readonly number[]): MeanEValue {
  const mean = new MeanEValue();
  for (const exponent of list) mean.add(exponent * Math.log10(2));
  return mean;
}

describe('MeanEValue', () => {
  it('is the mean in exact integers, of values up to 10^900', () => {
    fc.assert(
      fc.property(exponents, (list) => {
        const sum = list.reduce((total, exponent) => total + 2n ** BigInt(exponent), 0n);
        const mean = meanOf(list);
        expect(mean.count).toBe(list.length);
        expect(mean.log10Sum()).toBeCloseTo(log10Of(sum), 9);
        expect(mean.log10Mean()).toBeCloseTo(log10Of(sum) - Math.log10(list.length), 9);
      }),
      RUNS,
    );
  });

  it('is that of all values, whatever shards they come in', () => {
    fc.assert(
      fc.property(exponents, exponents, (one, two) => {
        const merged = meanOf(one);
        merged.merge(meanOf(two));
        const { count } = meanOf(two);
        const fromParts = meanOf(one);
        fromParts.merge(MeanEValue.of(count, meanOf(two).log10Sum()));
        const whole = meanOf([...one, ...two]);
        for (const mean of [merged, fromParts]) {
          expect(mean.count).toBe(whole.count);
          expect(mean.log10Mean()).toBeCloseTo(whole.log10Mean(), 10);
        }
      }),
      RUNS,
    );
  });

  it('is 1 of none, and counts values of 0', () => {
    const mean = new MeanEValue();
    expect(mean.log10Mean()).toBe(0);
    mean.merge(new MeanEValue());
    expect(mean.count).toBe(0);
    mean.add(-Infinity);
    expect([mean.count, mean.log10Sum(), mean.log10Mean()]).toEqual([1, -Infinity, -Infinity]);
    mean.add(Math.log10(4));
    expect(mean.log10Mean()).toBeCloseTo(Math.log10(2), 14);
    const zeros = MeanEValue.of(3, -Infinity);
    zeros.merge(mean);
    expect(zeros.count).toBe(5);
    expect(zeros.log10Mean()).toBeCloseTo(Math.log10(4 / 5), 14);
  });

  it('refuses what is no e-value', () => {
    for (const value of [Number.NaN, Infinity]) expect(() => new MeanEValue().add(value)).toThrow(RangeError);
  });
});
