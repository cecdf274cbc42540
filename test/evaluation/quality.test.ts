import { compareClusters, compareQuality, distinctGrams, selfOverlap } from '@countermark/evaluation';
import { type LanguageModel, seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';

const ids = (...values: number[]): Uint32Array => Uint32Array.from(values);

/** A model that finds every one of 50 tokens as likely as any other. */
const UNIFORM: LanguageModel = {
  logitCount: 50,
  open: () => ({
    append: async () => new Float32Array(50),
    appendEach: async (tokenIds) => new Float32Array(50 * tokenIds.length),
    close: async () => undefined,
  }),
};

describe('distinctGrams', () => {
  it('is the share of different grams in all answers together', () => {
    // 1 2, 2 1, 1 2 and 1 2: two different ones of four.
    expect(distinctGrams([ids(1, 2, 1, 2), ids(1, 2)], 2)).toBe(0.5);
    expect(distinctGrams([ids(1, 1), ids(1)], 1)).toBe(1 / 3);
    expect(distinctGrams([ids(1, 2), ids(3)], 3)).toBe(0);
  });
});

describe('selfOverlap', () => {
  it('is the mean share of one answer’s grams that another has', () => {
    // 12 23 34 against 12 25: one of three, and one of two.
    expect(selfOverlap([ids(1, 2, 3, 4), ids(1, 2, 5)], 2)).toBeCloseTo((1 / 3 + 1 / 2) / 2, 15);
    expect(selfOverlap([ids(1, 2, 3), ids(1, 2, 3), ids(1, 2, 3)], 2)).toBe(1);
    expect(selfOverlap([ids(1, 2), ids(3, 4)], 2)).toBe(0);
  });
});

describe('compareClusters', () => {
  const random = (): (() => number) => seededRandom(1);

  it('finds no difference in equal figures, whatever is drawn', () => {
    const figures = [1, 5, 2, 8, 3];
    expect(compareClusters(figures, figures, { random: random() }).difference).toEqual({
      value: 0,
      low: 0,
      high: 0,
    });
  });

  it('draws both figures of a cluster together', () => {
    const unmarked = [1, 100, 3, 50, 7];
    const { difference } = compareClusters(
      unmarked.map((figure) => figure + 2),
      unmarked,
      { random: random() },
    );
    expect(difference.value).toBeCloseTo(2, 12);
    expect(difference.low).toBeCloseTo(2, 12);
    expect(difference.high).toBeCloseTo(2, 12);
  });

  it('gives the same interval to the same seed', () => {
    const compare = () => compareClusters([1, 2, 4], [3, 1, 1], { random: random() });
    expect(compare()).toEqual(compare());
  });

  it('refuses one cluster, unequal numbers, and too few resamples', () => {
    expect(() => compareClusters([1], [1], { random: random() })).toThrow('at least two');
    expect(() => compareClusters([1, 2], [1, 2, 3], { random: random() })).toThrow('the same clusters');
    expect(() => compareClusters([1, 2], [1, 2], { random: random(), resamples: 99 })).toThrow('"resamples"');
  });
});

describe('compareQuality', () => {
  const cluster = (marked: Uint32Array[], unmarked: Uint32Array[]) => ({ prompt: ids(0), marked, unmarked });
  const clusters = [
    cluster([ids(1, 1, 1, 1, 9), ids(1, 1, 1, 1)], [ids(1, 2, 3, 4), ids(5, 6, 7, 8)]),
    cluster([ids(2, 2, 2, 2), ids(2, 2, 2, 2)], [ids(1, 2, 3, 4), ids(4, 3, 2, 1, 8, 9)]),
  ];

  it('finds the entropy of a uniform model in its perplexity', async () => {
    const { logPerplexity } = await compareQuality(clusters, UNIFORM, { random: seededRandom(1) });
    // Sums of eight doubles near 4.
    expect(logPerplexity.marked.value).toBeCloseTo(Math.log(50), 12);
    expect(logPerplexity.difference.value).toBeCloseTo(0, 12);
  });

  it('cuts answers to the shortest, and compares what is left', async () => {
    const { tokens, answers, distinct, overlap } = await compareQuality(clusters, UNIFORM, {
      random: seededRandom(1),
    });
    expect({ tokens, answers }).toEqual({ tokens: 4, answers: 2 });
    // One different token of eight in both clusters, against eight of eight and four of eight.
    expect(distinct[0].marked.value).toBe(1 / 8);
    expect(distinct[0].unmarked.value).toBe(0.75);
    expect(overlap.marked.value).toBe(1);
    expect(overlap.unmarked.value).toBe(0);
  });

  it('refuses answers that cannot be compared', async () => {
    const options = { random: seededRandom(1) };
    const one = cluster([ids(1)], [ids(1)]);
    await expect(compareQuality([one, one], UNIFORM, options)).rejects.toThrow('at least two answers');
    const uneven = cluster([ids(1), ids(2)], [ids(1)]);
    await expect(compareQuality([uneven, uneven], UNIFORM, options)).rejects.toThrow('equally many');
    const empty = cluster([ids(1), ids()], [ids(1), ids(2)]);
    await expect(compareQuality([empty, empty], UNIFORM, options)).rejects.toThrow('at least one token');
  });
});
