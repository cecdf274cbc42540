import { nullTailLog10 } from '@countermark/detector';
import { searchWindows } from '@countermark/detector/internal';
import {
  drawnListsTailLog10,
  errUpwards,
  gammaSumTailLog10,
  weightedBitsTailLog10,
} from '@countermark/detector/stats';
import { seededRandom } from '@countermark/watermark';
import type { NullLaw } from '@countermark/watermark/scheme';
import { describe, expect, it } from 'vitest';
import { naiveWindows } from './naive-windows.ts';

type LawOf<K extends NullLaw['kind']> = Extract<NullLaw, { readonly kind: K }>;

const bits: LawOf<'weighted-bits'> = {
  kind: 'weighted-bits',
  weights: Uint32Array.from({ length: 30 }, (_, layer) => 290 - 9 * layer),
  share: { ones: 20_000, of: 65_536 },
};
const lists: LawOf<'drawn-lists'> = { kind: 'drawn-lists', listed: 8042, vocabSize: 32_168 };
const gammas: LawOf<'gamma-sum'> = { kind: 'gamma-sum', scale: 2 ** 20, weights: [0.7, 0.3] };

const exponential = (random: () => number): number => -Math.log(1 - random());

/** Each law with a way to draw one score from it. */
const LAWS: readonly (readonly [name: string, law: NullLaw, draw: (random: () => number) => number])[] = [
  [
    'weighted bits',
    bits,
    (random) => bits.weights.reduce((sum, weight) => sum + (random() < 20_000 / 65_536 ? weight : 0), 0),
  ],
  ['drawn lists', lists, (random) => (random() < 0.25 ? 1 : 0)],
  [
    'a gamma sum',
    gammas,
    (random) => Math.floor(2 ** 20 * (0.7 * exponential(random) + 0.3 * exponential(random))),
  ],
];

describe('nullTailLog10', () => {
  it('takes each law to its tail, and moves those that have no margin of their own', () => {
    const ofBits = weightedBitsTailLog10(bits.weights, 40, 60_000, bits.share);
    expect(nullTailLog10(bits, 40, 60_000)).toBe(errUpwards(ofBits));
    expect(nullTailLog10(lists, 40, 20)).toBe(drawnListsTailLog10(8042, 32_168, 40, 20));
    expect(nullTailLog10(gammas, 40, 60 * 2 ** 20)).toBe(errUpwards(gammaSumTailLog10([0.7, 0.3], 40, 60)));
  });

  it.each(LAWS)('is 1 without tuples: %s', (_, law) => {
    expect(nullTailLog10(law, 0, 0)).toBe(0);
  });
});

describe.each(LAWS)('searchWindows under %s', (_, law, draw) => {
  const scoresOf = (seed: number, n: number, start: number, end: number): Float64Array => {
    const random = seededRandom(seed);
    return Float64Array.from({ length: n }, (__, i) => {
      if (i < start || i >= end) return draw(random);
      return Math.max(...Array.from({ length: 8 }, () => draw(random)));
    });
  };

  it('gives a window whose tail is within a factor of ten of the strongest', () => {
    for (const n of [16, 50, 400]) {
      const scores = scoresOf(1, n, n / 2, n / 2 + Math.min(100, n / 2));
      const least = Math.min(
        0,
        ...naiveWindows(scores, law).map(({ log10Tail, factor }) => log10Tail + Math.log10(factor)),
      );
      const found = searchWindows(scores, law, 1e-3);
      // Each of at most a thousand additions may round once.
      expect(found.log10PValue).toBeGreaterThanOrEqual(least - 1e-9);
      expect(found.log10PValue).toBeLessThanOrEqual(least + 1);
    }
  });

  it('finds the marked stretch and no other', () => {
    const { regions } = searchWindows(scoresOf(2, 2000, 900, 1100), law, 1e-4);
    expect(regions).toHaveLength(1);
    // Tuples that are the best of eight speak for the mark with half a nat or more: twenty on the wrong side are improbable.
    expect(Math.abs(regions[0]!.start - 900)).toBeLessThan(20);
    expect(Math.abs(regions[0]!.end - 1100)).toBeLessThan(20);
  });

  it('claims a region in unmarked text at most as often as its level says', () => {
    const alpha = 0.1;
    const texts = 200;
    let claimed = 0;
    for (let seed = 1; seed <= texts; seed++) {
      if (searchWindows(scoresOf(100 + seed, 200, 0, 0), law, alpha).regions.length > 0) claimed++;
    }
    // 4.9 standard errors above alpha / 2, which the windows share.
    expect(claimed / texts).toBeLessThanOrEqual(
      alpha / 2 + 4.9 * Math.sqrt(((alpha / 2) * (1 - alpha / 2)) / texts),
    );
  });
});
