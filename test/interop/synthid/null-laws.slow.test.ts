import type { ForeignMark } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { drawNames, textWords } from './case.ts';
import {
  exactTails,
  firstDraws,
  normalLaw,
  openHf,
  openText,
  scoreDraws,
  splitMix,
  zipfText,
} from './null.ts';

function bitsLaw(mark: ForeignMark): { weights: number[]; share: number } {
  const { nullLaw } = mark.wordScore;
  if (nullLaw.kind !== 'weighted-bits') throw new Error('another law');
  const { share = { ones: 1, of: 2 } } = nullLaw;
  return { weights: [...nullLaw.weights], share: share.ones / share.of };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe('the null law of SYNTHID_HF', () => {
  it('stays where the sum is on 20,000 tokens, while fair coins drift away', () => {
    const next = splitMix(1n);
    const settings = { ngram_len: 5, sampling_table_seed: 3 };
    const text = zipfText(20_000, 50_257, 1n);
    const draws = firstDraws(openHf(30, next, settings), text);
    const keys = 60;
    const own: number[] = [];
    const fair: number[] = [];
    for (let i = 0; i < keys; i++) {
      const mark = openHf(30, next, settings);
      const { weights, share } = bitsLaw(mark);
      const score = scoreDraws(mark, text, draws);
      for (const [list, ones] of [
        [own, share],
        [fair, 1 / 2],
      ] as const) {
        const law = normalLaw(weights, ones, draws.length);
        list.push((score - law.mean) / law.deviation);
      }
    }
    // A sum over draws that cannot repeat varies less than the law says: a z-score's deviation is at most 1.
    expect(Math.abs(meanOf(own))).toBeLessThan(4.9 / Math.sqrt(keys));
    expect(meanOf(fair)).toBeGreaterThan(3);
    // Squares of z-scores have mean 1 at most, and deviation √2 if they are normal.
    expect(meanOf(own.map((z) => z * z))).toBeLessThan(1 + 4.9 * Math.sqrt(2 / keys));
  });

  it('is a constant once a text has every draw', () => {
    const next = splitMix(2n);
    // The n-grams (0, t) alone have all 16-bit hashes; (t, 0) repeat some of them.
    const text = Uint32Array.from({ length: 2 ** 17 }, (_, i) => (i % 2 === 0 ? 0 : i >> 1));
    const mark = openHf(30, next, { ngram_len: 2, sampling_table_seed: 3 });
    const draws = firstDraws(mark, text);
    expect(draws.length).toBe(2 ** 16);
    const { nullLaw } = mark.wordScore;
    if (nullLaw.kind !== 'weighted-bits') throw new Error('another law');
    const weights = nullLaw.weights.reduce((sum, weight) => sum + weight, 0);
    expect(scoreDraws(mark, text, draws)).toBe(nullLaw.share!.ones * weights);
  });

  it('has one draw for all n-grams whose ids agree in their low 16 bits', () => {
    const next = splitMix(3n);
    const mark = openHf(30, next, { ngram_len: 3, sampling_table_seed: 0 });
    const text = Uint32Array.of(7, 11, 13, 7 + 2 ** 16, 11 + 2 ** 17, 13 + 2 ** 18);
    const names = drawNames(mark, text);
    expect(names[3]).toBe(names[0]);
    expect(new Set(names).size).toBe(3);
    const words = textWords(mark, text);
    expect(words[3]).toBe(words[0]);
  });

  it('names draws by their words: 16-bit hashes that agree, and no others', () => {
    const mark = openHf(30, splitMix(4n), { ngram_len: 4, sampling_table_seed: 0 });
    const text = zipfText(20_000, 200_019, 4n);
    const names = drawNames(mark, text);
    const words = textWords(mark, text);
    const wordsByName = new Map<string, number>();
    for (const [i, name] of names.entries()) {
      expect(wordsByName.get(name) ?? words[i]).toBe(words[i]);
      wordsByName.set(name, words[i]!);
    }
    // Fewer than 2^31 pairs of hashes, which agree in 30 random bits twice on average at most; 20 times with p < 1e-12.
    expect(wordsByName.size - new Set(wordsByName.values()).size).toBeLessThan(20);
    expect(wordsByName.size).toBeLessThan(names.length);
  });

  it('gives valid p-values on short texts, by an exact law', () => {
    const next = splitMix(5n);
    const settings = { ngram_len: 5, sampling_table_seed: 3 };
    const text = zipfText(204, 50_257, 5n);
    const draws = firstDraws(openHf(5, next, settings), text);
    const { weights, share } = bitsLaw(openHf(5, next, settings));
    const tails = exactTails(weights, share, draws.length);
    const keys = 600;
    const pValues = Array.from(
      { length: keys },
      () => tails[scoreDraws(openHf(5, next, settings), text, draws)]!,
    );
    for (const alpha of [0.1, 0.01]) {
      const hits = pValues.filter((p) => p <= alpha).length / keys;
      expect(hits).toBeLessThanOrEqual(alpha + 4.9 * Math.sqrt((alpha * (1 - alpha)) / keys));
    }
    expect(Math.min(...pValues)).toBeLessThan(0.02);
  }, 300_000);
});

describe('the null law of SYNTHID_TEXT', () => {
  it('gives valid p-values on short texts, by an exact law', () => {
    const next = splitMix(6n);
    const text = zipfText(204, 50_257, 6n);
    const draws = firstDraws(openText(5, next, 5), text);
    const { weights, share } = bitsLaw(openText(5, next, 5));
    expect(share).toBe(1 / 2);
    const tails = exactTails(weights, share, draws.length);
    const keys = 600;
    const pValues = Array.from({ length: keys }, () => tails[scoreDraws(openText(5, next, 5), text, draws)]!);
    for (const alpha of [0.1, 0.01]) {
      const hits = pValues.filter((p) => p <= alpha).length / keys;
      expect(hits).toBeLessThanOrEqual(alpha + 4.9 * Math.sqrt((alpha * (1 - alpha)) / keys));
    }
    expect(Math.min(...pValues)).toBeLessThan(0.02);
  });
});
