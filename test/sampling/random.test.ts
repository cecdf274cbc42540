import { seededRandom } from '@countermark/watermark';
import { plainSample } from '@countermark/watermark/internal';
import { blake3 } from '@noble/hashes/blake3.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('seededRandom', () => {
  it('reads 52 bits at a time from the BLAKE3 output of the seed', () => {
    const stream = blake3(Uint8Array.of(0, 1, 2, 3), { dkLen: 8 * 1100 });
    const view = new DataView(stream.buffer, stream.byteOffset);
    const random = seededRandom(Uint8Array.of(1, 2, 3));
    for (let i = 0; i < 1100; i++) {
      const word = view.getBigUint64(8 * i, true);
      const bits = (((word & 0xffffffffn) >> 12n) << 32n) | (word >> 32n);
      expect(random()).toBe((Number(bits) + 0.5) / 2 ** 52);
    }
  });

  it('repeats itself for a seed and differs between seeds of any kind', () => {
    const first = (seed: Uint8Array | string | number) => seededRandom(seed)();
    expect(first('1')).toBe(first('1'));
    const seeds = ['1', 1, Uint8Array.of(0x31), '2', 2, '', 0, new Uint8Array(0), -0.5];
    expect(new Set(seeds.map(first)).size).toBe(seeds.length);
  });

  it('stays strictly between 0 and 1', () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const random = seededRandom(seed);
        for (let i = 0; i < 20; i++) {
          const uniform = random();
          expect(uniform > 0 && uniform < 1).toBe(true);
        }
      }),
      { seed: 1 },
    );
  });

  it('is uniform in sixteen cells', () => {
    const draws = 64_000;
    const seen = new Float64Array(16);
    const random = seededRandom(1);
    for (let i = 0; i < draws; i++) seen[Math.floor(16 * random())]!++;
    const expected = draws / 16;
    const distance = seen.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // Laurent and Massart (2000), Lemma 1, at e^-13.8 = 1e-6.
    expect(distance).toBeLessThan(15 + 2 * Math.sqrt(15 * 13.8) + 2 * 13.8);
  });

  it('refuses a seed that is no number', () => {
    expect(() => seededRandom(NaN)).toThrow(RangeError);
    expect(() => seededRandom(Infinity)).toThrow(RangeError);
  });
});

describe('plainSample', () => {
  const tokenIds = Uint32Array.of(7, 3);
  const probs = Float64Array.of(0.5, 0.25);

  it('hands the last share of the uniform to the tail, rescaled', () => {
    const drawTail = (uniform: number) => 100 + Math.floor(4 * uniform);
    const candidates = { count: 2, tokenIds, probs, tailMass: 0.25, drawTail };
    const drawn = [0, 0.49, 0.5, 0.74, 0.75, 0.8125, 0.99].map((uniform) => plainSample(candidates, uniform));
    expect(drawn).toEqual([7, 7, 3, 3, 100, 101, 103]);
  });
});
