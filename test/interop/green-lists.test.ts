import { GreenLists, type GreenPart, TorchRandom } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';

/** The ids that torch's own permutation has in the green part. */
function permutedPart({ vocabSize, listed, end }: GreenPart, seed: number): Set<number> {
  const ids = new TorchRandom(seed).randPerm(vocabSize);
  return new Set(end === 'first' ? ids.subarray(0, listed) : ids.subarray(vocabSize - listed));
}

function idsOf(bits: Uint32Array, vocabSize: number): Set<number> {
  const ids = Array.from({ length: vocabSize }, (_, id) => id);
  return new Set(ids.filter((id) => ((bits[id >>> 5]! >>> (id & 31)) & 1) === 1));
}

// Below, at and above a block of 624 draws; lists of one and of all but one.
const PARTS: readonly GreenPart[] = [
  [2, 1],
  [3, 2],
  [33, 1],
  [64, 16],
  [64, 63],
  [624, 312],
  [1300, 624],
  [1300, 625],
  [1300, 1299],
  [5000, 1250],
].flatMap(([vocabSize = 0, listed = 0]) => [
  { vocabSize, listed, end: 'first' as const },
  { vocabSize, listed, end: 'last' as const },
]);

describe('GreenLists', () => {
  it.each(PARTS)('has the $end $listed of $vocabSize permuted ids', (part) => {
    const lists = new GreenLists(part);
    const draw = new TorchRandom(3);
    for (let i = 0; i < 200; i++) {
      const seed = draw.random();
      const expected = permutedPart(part, seed);
      // A seed that is new is followed, the same token again is remembered, and another one has the list drawn.
      const id = draw.randInt(0, part.vocabSize);
      expect(lists.isGreen(seed, id)).toBe(expected.has(id));
      expect(lists.isGreen(seed, id)).toBe(expected.has(id));
      const other = (id + 1) % part.vocabSize;
      if (i % 2 === 0) expect(lists.isGreen(seed, other)).toBe(expected.has(other));
      if (i % 10 === 0) expect(idsOf(lists.list(seed), part.vocabSize)).toEqual(expected);
    }
  });

  it('answers the same whatever it keeps', () => {
    const part: GreenPart = { vocabSize: 1000, listed: 300, end: 'first' };
    const bytes = 4 * Math.ceil(part.vocabSize / 32);
    const seeds = Array.from({ length: 12 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 0);
    const expected = new Map(seeds.map((seed) => [seed, permutedPart(part, seed)]));
    for (const room of [0, bytes, 3 * bytes, 100 * bytes]) {
      const lists = new GreenLists(part, room);
      const draw = new TorchRandom(7);
      for (let i = 0; i < 4000; i++) {
        const seed = seeds[draw.randInt(0, seeds.length)]!;
        const id = draw.randInt(0, part.vocabSize);
        expect(lists.isGreen(seed, id)).toBe(expected.get(seed)!.has(id));
        if (i % 50 === 0) expect(idsOf(lists.list(seed), part.vocabSize)).toEqual(expected.get(seed));
      }
    }
  });

  it('tells seeds apart whose answers have one place', () => {
    const part: GreenPart = { vocabSize: 100, listed: 50, end: 'first' };
    const lists = new GreenLists(part);
    // 2^16 places of seeds and 2^18 of answers, for 20,000 random seeds: some 20,000^2 / 2^19 = 763 answers meet another.
    const draw = new TorchRandom(5);
    const seeds = Array.from({ length: 20_000 }, () => draw.random());
    const expected = seeds.map((seed) => permutedPart(part, seed).has(3));
    expect(seeds.map((seed) => lists.isGreen(seed, 3))).toEqual(expected);
    expect(seeds.map((seed) => lists.isGreen(seed, 3))).toEqual(expected);
  });

  it('has no id beyond the vocabulary', () => {
    const lists = new GreenLists({ vocabSize: 64, listed: 63, end: 'last' });
    for (const id of [64, 65, 127, 2 ** 31, 2 ** 32 - 1]) expect(lists.isGreen(5, id)).toBe(false);
    lists.list(5);
    for (const id of [64, 65, 127, 2 ** 31, 2 ** 32 - 1]) expect(lists.isGreen(5, id)).toBe(false);
  });

  it('answers the same after it was wiped', () => {
    const part: GreenPart = { vocabSize: 200, listed: 50, end: 'first' };
    const lists = new GreenLists(part);
    const bits = lists.list(9);
    lists.wipe();
    expect(bits.every((word) => word === 0)).toBe(true);
    for (let id = 0; id < 200; id++) expect(lists.isGreen(9, id)).toBe(permutedPart(part, 9).has(id));
  });
});
