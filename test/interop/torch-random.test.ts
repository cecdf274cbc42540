import { TorchRandom } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { idsDigest, peerCases } from './peer-vectors.ts';

const Ids = z.array(z.int());

const CASES = peerCases(
  'torch_rng',
  z.strictObject({
    inputs: z.strictObject({ seed: z.string() }),
    expected: z.strictObject({
      randperm_50257: z.strictObject({ first40: Ids, last5: Ids, sha256_ascii_comma: z.string() }),
      randperm_1000003: z.strictObject({ first20: Ids, sha256_ascii_comma: z.string() }),
      randperm_64: Ids,
      rand_f32_first12: z.array(z.number()),
      randint_0_2_first64: z.string(),
    }),
  }),
);

describe('TorchRandom', () => {
  it.each(CASES)('draws what torch draws from seed $inputs.seed', ({ inputs, expected }) => {
    const seed = BigInt(inputs.seed);
    const random = new TorchRandom(seed);
    const middle = random.randPerm(50_257);
    expect([...middle.subarray(0, 40)]).toEqual(expected.randperm_50257.first40);
    expect([...middle.subarray(-5)]).toEqual(expected.randperm_50257.last5);
    expect(idsDigest(middle)).toBe(expected.randperm_50257.sha256_ascii_comma);
    random.manualSeed(seed);
    const long = random.randPerm(1_000_003);
    expect([...long.subarray(0, 20)]).toEqual(expected.randperm_1000003.first20);
    expect(idsDigest(long)).toBe(expected.randperm_1000003.sha256_ascii_comma);
    random.manualSeed(seed);
    expect([...random.randPerm(64)]).toEqual(expected.randperm_64);
    random.manualSeed(seed);
    expect(expected.rand_f32_first12.map(() => random.rand())).toEqual(expected.rand_f32_first12);
    random.manualSeed(seed);
    const bits = Array.from(expected.randint_0_2_first64, () => random.randInt(0, 2));
    expect(bits.join('')).toBe(expected.randint_0_2_first64);
  });

  it('gives the words of the twister itself', () => {
    // C++11, [rand.predef]: the 10,000th word of mt19937 with its default seed 5489.
    const random = new TorchRandom(5489);
    const words = Array.from({ length: 10_000 }, () => random.random());
    expect(words.at(-1)).toBe(4_123_659_995);
    random.manualSeed(5489);
    const blocks = Array.from({ length: 16 }, () => [...random.nextBlock()]).flat();
    expect(blocks).toEqual(words.slice(0, 16 * 624));
  });

  it('takes the low 32 bits of a seed, in two’s complement', () => {
    const first = (seed: number | bigint): number => new TorchRandom(seed).random();
    expect(first(-3)).toBe(first(2 ** 32 - 3));
    expect(first(-3n)).toBe(first(2n ** 64n - 3n));
    expect(first(2 ** 40 + 7)).toBe(first(7));
    expect(first(-(2 ** 52) - 1)).toBe(first(2 ** 32 - 1));
  });

  it('refuses what torch draws otherwise, and shows no seed', () => {
    const random = new TorchRandom(1);
    expect(() => random.manualSeed(2 ** 60 + 12_345)).toThrow(/^"seed" expected a safe integer or a bigint$/);
    expect(() => random.randPerm(214_748_364)).toThrow(RangeError);
    expect(() => random.randInt(0, 2 ** 32)).toThrow(RangeError);
    expect(() => random.randInt(3, 3)).toThrow(RangeError);
    random.random();
    expect(() => random.nextBlock()).toThrow(TypeError);
  });

  it('forgets its seed', () => {
    const random = new TorchRandom(99);
    random.random();
    random.wipe();
    expect(random.random()).toBe(new TorchRandom(0).random());
  });

  it('draws permutations of every small length', () => {
    const random = new TorchRandom(4);
    for (let n = 0; n < 40; n++) {
      const identity = Array.from({ length: n }, (_, i) => i);
      expect([...random.randPerm(n)].sort((a, b) => a - b)).toEqual(identity);
    }
  });
});
