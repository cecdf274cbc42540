import {
  createAdjustedSampler,
  createPlainSampler,
  type TokenSampler,
  Watermarker,
} from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { keyFrom } from '../support/random-key.ts';

const VOCAB = 4;

/** Takes tokens as told, and notes what it was given. */
function recorder(tokens: readonly number[]): TokenSampler & { readonly seen: number[][] } {
  const seen: number[][] = [];
  return {
    seen,
    next(logits) {
      seen.push(Array.from(logits));
      return tokens[seen.length - 1] ?? 0;
    },
  };
}

describe('createAdjustedSampler', () => {
  it('takes the presence penalty once and the frequency penalty as often as a token occurred, and adds the bias', () => {
    const inner = recorder([1, 1, 2]);
    const sampler = createAdjustedSampler(
      inner,
      { presencePenalty: 0.5, frequencyPenalty: 0.25, logitBias: new Map([[3, -2]]) },
      VOCAB,
    );
    const logits = Float32Array.of(1, 2, 3, 4);
    for (let step = 0; step < 4; step++) sampler.next(logits);
    expect(inner.seen).toEqual([
      [1, 2, 3, 2],
      [1, 1.25, 3, 2],
      [1, 1, 3, 2],
      [1, 1, 2.25, 2],
    ]);
    expect(Array.from(logits)).toEqual([1, 2, 3, 4]);
  });

  it('is the sampler itself where there is nothing to adjust', () => {
    const inner = createPlainSampler(VOCAB);
    expect(createAdjustedSampler(inner, { presencePenalty: 0, logitBias: new Map() }, VOCAB)).toBe(inner);
  });

  it('leaves the mark to choose among what is left', () => {
    const key = keyFrom('adjusted', 40, { contextWidth: 1, commonShare: 1, accountShare: 0 });
    const watermarker = new Watermarker(key);
    const generation = watermarker.start({ startBits: 0 });
    const banned = new Map(Array.from({ length: 38 }, (_, id) => [id, -1000]));
    const sampler = createAdjustedSampler(generation, { logitBias: banned }, 40);
    const taken = Array.from({ length: 60 }, () => sampler.next(new Float32Array(40)));
    expect(new Set(taken)).toEqual(new Set([38, 39]));
    expect(generation.counts.common).toBe(2);
    watermarker.close();
  });

  it.each([
    ['a penalty that is no number', { presencePenalty: Number.NaN }, /presencePenalty/],
    ['a bias without end', { logitBias: new Map([[0, Infinity]]) }, /logitBias/],
    ['a bias of no token', { logitBias: new Map([[VOCAB, 1]]) }, /token ids below 4/],
  ])('refuses %s', (_, adjustments, message) => {
    expect(() => createAdjustedSampler(createPlainSampler(VOCAB), adjustments, VOCAB)).toThrow(message);
  });
});
