import { alignProbabilities } from '@countermark/detector/weights';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('alignProbabilities', () => {
  it('leaves the same tokens as they are', () => {
    expect([...alignProbabilities([0.5, 0.25, 1], [0, 2, 3, 7], [0, 2, 3, 7])]).toEqual([0.5, 0.25, 1]);
  });

  it('multiplies the parts of a token, and divides a token among its parts by their bytes', () => {
    // Bytes 0 … 3 are one token of probability 1/16: one byte of four has 1/2, three have 1/8.
    const found = alignProbabilities([1 / 16, 0.5], [0, 4, 6], [0, 1, 6]);
    expect(found[0]).toBeCloseTo(1 / 2, 15);
    expect(found[1]).toBeCloseTo(1 / 8 / 2, 15);
  });

  it('gives a token without bytes probability 1, and one that cannot be 0', () => {
    expect([...alignProbabilities([0.5, 0], [0, 1, 3], [0, 1, 1, 3])]).toEqual([0.5, 1, 0]);
  });

  it('keeps the product', () => {
    const cuts = fc
      .array(fc.integer({ min: 1, max: 39 }), { maxLength: 12 })
      .map((inner) => [0, ...[...new Set(inner)].sort((a, b) => a - b), 40]);
    fc.assert(
      fc.property(
        cuts,
        cuts,
        fc.infiniteStream(fc.double({ min: 1e-6, max: 1, noNaN: true })),
        (from, to, stream) => {
          const probabilities = from.slice(1).map(() => stream.next().value as number);
          const product = (values: Iterable<number>) =>
            [...values].reduce((sum, value) => sum + Math.log(value), 0);
          // At most 13 logarithms of at most 14 on each side.
          expect(product(alignProbabilities(probabilities, from, to))).toBeCloseTo(
            product(probabilities),
            11,
          );
        },
      ),
      { seed: 1 },
    );
  });

  it('refuses other numbers of tokens or bytes', () => {
    expect(() => alignProbabilities([0.5], [0, 1, 2], [0, 2])).toThrow(/"from" expected 2 offsets, got 3/);
    expect(() => alignProbabilities([0.5], [0, 1], [0, 2])).toThrow(/"to" expected to end at byte 1, got 2/);
  });
});
