import { formatNgramFile, NgramModel, parseNgramFile } from '@countermark/detector/weights';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { randomIds } from '../support/random-key.ts';

const tokenizer = { name: 'none', fingerprint: 'f'.repeat(64) };

/** The definition, by counting anew for every question. */
function naiveProbability(
  text: readonly number[],
  context: readonly number[],
  next: number,
  vocabSize: number,
): number {
  const shorter =
    context.length === 0 ? 1 / vocabSize : naiveProbability(text, context.slice(1), next, vocabSize);
  const followers = text.filter(
    (_, i) => i >= context.length && context.every((id, j) => text[i - context.length + j] === id),
  );
  const different = new Set(followers).size;
  if (different === 0) return shorter;
  const counted = followers.filter((id) => id === next).length;
  return (counted + different * shorter) / (followers.length + different);
}

describe('NgramModel', () => {
  const text = [...randomIds(seededRandom(1), 400, 7)];
  const read = [...randomIds(seededRandom(2), 60, 8)];

  it.each([1, 2, 3, 5])('follows its definition at order %i', (order) => {
    const model = new NgramModel(8, order);
    model.count(Uint32Array.from(text));
    for (const [i, probability] of model.probabilities(Uint32Array.from(read)).entries()) {
      const context = read.slice(Math.max(0, i - order + 1), i);
      expect(probability).toBeCloseTo(naiveProbability(text, context, read[i]!, 8), 14);
    }
  });

  it('gives probabilities that sum to 1 over the vocabulary', () => {
    const model = new NgramModel(8, 3);
    model.count(Uint32Array.from(text));
    for (const context of [[1, 2], [7, 7], [3]]) {
      const sum = Array.from(
        { length: 8 },
        (_, id) => model.probabilities(Uint32Array.from([...context, id])).at(-1)!,
      );
      expect(sum.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 13);
    }
  });

  it('knows nothing before it has counted', () => {
    expect([...new NgramModel(8, 3).probabilities(Uint32Array.of(1, 2, 3))]).toEqual([1 / 8, 1 / 8, 1 / 8]);
  });

  it('counts texts one by one: no n-gram reaches over a border', () => {
    const model = new NgramModel(4, 2);
    model.count(Uint32Array.of(1, 2));
    model.count(Uint32Array.of(3, 0));
    // 2 was never followed, so 3 after it is as likely as 3 anywhere: (1 + 4/4) / (4 + 4).
    expect(model.probabilities(Uint32Array.of(2, 3))[1]).toBe(0.25);
  });

  it('refuses ids beyond the vocabulary, and orders beyond 8', () => {
    expect(() => new NgramModel(8, 3).count(Uint32Array.of(1, 8))).toThrow(/below 8, got 8 at position 1/);
    expect(() => new NgramModel(8, 9)).toThrow(/"order" expected an integer in 1 … 8, got 9/);
    expect(() => new NgramModel(0, 3)).toThrow(/"vocabSize"/);
  });
});

describe('an n-gram file', () => {
  const model = new NgramModel(100_000, 3);
  for (let i = 0; i < 20; i++) model.count(randomIds(seededRandom(i), 300, 100_000));
  const bytes = formatNgramFile({ model, tokenizer });
  const unreadable = (message: string) => expect.objectContaining({ code: 'ngrams-unreadable', message });

  it('holds the model', () => {
    const parsed = parseNgramFile(bytes);
    expect(parsed.tokenizer).toEqual(tokenizer);
    expect(formatNgramFile(parsed)).toEqual(bytes);
    const read = randomIds(seededRandom('read'), 200, 100_000);
    expect(parsed.model.probabilities(read)).toEqual(model.probabilities(read));
  });

  it('is refused where it is cut, longer, or something else', () => {
    for (const wrong of [bytes.subarray(0, -1), Uint8Array.from([...bytes, 0])]) {
      expect(() => parseNgramFile(wrong)).toThrow(
        unreadable(expect.stringContaining('bytes of counts, not')),
      );
    }
    for (const text of [
      '',
      '{}\n',
      'null\n',
      '{"type":"countermark-ngrams","version":2}\n',
      'x'.repeat(9000),
    ]) {
      expect(() => parseNgramFile(new TextEncoder().encode(text))).toThrow(
        unreadable('not an n-gram file of version 1'),
      );
    }
  });

  it('is refused where a parent comes after its child, an id is too large, or an n-gram is there twice', () => {
    const first = bytes.indexOf(10) + 1;
    for (const [at, value] of [
      [0, 1],
      [4, 100_000],
      [8, 0],
    ] as const) {
      const wrong = bytes.slice();
      new DataView(wrong.buffer).setUint32(first + at, value, true);
      expect(() => parseNgramFile(wrong)).toThrow(unreadable(expect.stringMatching(/^n-gram 1 of /)));
    }
    const twice = bytes.slice();
    twice.copyWithin(first + 12, first, first + 12);
    expect(() => parseNgramFile(twice)).toThrow(unreadable(expect.stringMatching(/^n-gram 2 of /)));
  });
});
