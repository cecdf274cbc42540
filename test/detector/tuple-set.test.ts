import { TupleSet } from '@countermark/detector/score';
import { seededRandom } from '@countermark/watermark';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

type Tuple = readonly [saltLow: number, saltHigh: number, tokenId: number];

/** A tuple is named by its low salt and the high one combined with the token: no two tokens of a context share that. */
function nameOf([saltLow, saltHigh, tokenId]: Tuple): string {
  return `${saltLow}:${(saltHigh ^ tokenId) >>> 0}`;
}

function expectLikeSet(set: TupleSet, tuples: Iterable<Tuple>): void {
  const model = new Set<string>();
  for (const tuple of tuples) {
    const name = nameOf(tuple);
    const isNew = !model.has(name);
    model.add(name);
    expect(set.add(...tuple)).toBe(isNew);
    expect(set.size).toBe(model.size);
  }
}

const word = fc.oneof(
  fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1),
  fc.integer({ min: 0, max: 70 }),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
);
const tuples = fc.array(fc.tuple(word, word, word), { maxLength: 300 });

describe('TupleSet', () => {
  it('says of each tuple whether it is new, as a Set does, after any reset', () => {
    const rounds = fc.array(fc.tuple(fc.option(fc.nat({ max: 400 })), tuples), {
      minLength: 1,
      maxLength: 4,
    });
    const check = fc.property(rounds, (given) => {
      const set = new TupleSet();
      given.forEach(([expected, added], round) => {
        if (round > 0 || expected !== null) set.reset(expected ?? 0);
        expectLikeSet(set, added);
      });
    });
    fc.assert(check, { seed: 1, numRuns: 200 });
  });

  it('grows past every capacity, far beyond what it was told to expect', () => {
    const random = seededRandom(1);
    const next = () => Math.floor(2 ** 32 * random());
    const many = Array.from({ length: 200_000 }, (): Tuple => [next(), next(), next() >>> 14]);
    for (const expected of [0, 100, 200_000]) {
      const set = new TupleSet();
      set.reset(expected);
      expect(many.every((tuple) => set.add(...tuple))).toBe(true);
      expect(many.some((tuple) => set.add(...tuple))).toBe(false);
      expect(set.size).toBe(many.length);
    }
  });

  it('holds every token of one context, which share one salt', () => {
    const set = new TupleSet();
    for (let tokenId = 0; tokenId < 20_000; tokenId++) expect(set.add(12345, 67890, tokenId)).toBe(true);
    for (let tokenId = 0; tokenId < 20_000; tokenId++) expect(set.add(12345, 67890, tokenId)).toBe(false);
  });

  it('counts the tuple whose words are both 0, which marks an empty place, once', () => {
    const set = new TupleSet();
    expect([set.add(0, 7, 7), set.add(0, 7, 7), set.add(0, 0, 0)]).toEqual([true, false, false]);
    expect(set.size).toBe(1);
    // One word alone being 0 marks nothing.
    expect([set.add(0, 1, 0), set.add(1, 0, 0), set.add(0, 1, 0), set.add(1, 0, 0)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    set.reset(0);
    expect([set.size, set.add(0, 0, 0)]).toEqual([0, true]);
  });

  it('takes words of either sign, as bitwise operators leave them', () => {
    const set = new TupleSet();
    expect(set.add(-1, -1, 0)).toBe(true);
    expect(set.add(2 ** 32 - 1, 2 ** 32 - 1, 0)).toBe(false);
  });

  it('is empty after a reset, whatever it held and however large it was', () => {
    const set = new TupleSet();
    for (const held of [3, 60, 5000, 100_000, 10]) {
      for (const expected of [0, 30, 40_000, 200_000]) {
        set.reset(expected);
        expect(set.size).toBe(0);
        for (let i = 0; i < held; i++) if (!set.add(i, i, 1)) throw new Error(`tuple ${i} was there`);
        expect(set.size).toBe(held);
      }
    }
  });
});
