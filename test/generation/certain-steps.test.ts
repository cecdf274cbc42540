/** Steps that leave the mark nothing to choose. */
import { seededRandom, Watermarker } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { keyFrom } from '../support/random-key.ts';

const VOCAB = 50;
const key = keyFrom('certain', VOCAB, { contextWidth: 1, commonShare: 1, accountShare: 0 });

function responseWith(sampling: object, logitsAt: (random: () => number) => Float32Array) {
  const watermarker = new Watermarker(key);
  const generation = watermarker.start({ startBits: 0, sampling, random: seededRandom('certain') });
  const random = seededRandom('certain logits');
  for (let step = 0; step < 40; step++) generation.next(logitsAt(random));
  watermarker.close();
  return generation;
}

const spread = (random: () => number) => Float32Array.from({ length: VOCAB }, () => 4 * random());

describe('Generation.isMarked', () => {
  it.each([
    ['top-k 1', { topK: 1 }],
    ['a top-p that only the likeliest token passes', { topP: 1e-6 }],
    ['a temperature near 0', { temperature: 1e-5 }],
  ])('is false with %s: nothing is left to choose', (_, sampling) => {
    const generation = responseWith(sampling, spread);
    expect(generation.isMarked).toBe(false);
    expect(generation.counts).toMatchObject({ common: 0, account: 0 });
    expect(generation.counts.certain).toBeGreaterThan(10);
  });

  it('is true where tokens compete', () => {
    const generation = responseWith({}, spread);
    expect(generation.isMarked).toBe(true);
    expect(generation.counts.certain).toBe(0);
  });

  it('tells a probability above 1 - 2^-10 from one below', () => {
    const withRest = (rest: number) => () => {
      const logits = new Float32Array(VOCAB).fill(Number.NEGATIVE_INFINITY);
      logits[0] = Math.log(1 - rest);
      logits[1] = Math.log(rest);
      return logits;
    };
    expect(responseWith({}, withRest(2 ** -10 * 0.99)).counts.common).toBe(0);
    expect(responseWith({}, withRest(2 ** -10 * 1.01)).counts.certain).toBe(0);
  });
});

describe('Generation.lastStep', () => {
  it('says what became of the step that was chosen last', () => {
    const watermarker = new Watermarker(key);
    const generation = watermarker.start({ startBits: 0, random: seededRandom('last') });
    expect(generation.lastStep).toBeUndefined();
    const flat = new Float32Array(VOCAB);
    const peaked = new Float32Array(VOCAB);
    peaked[7] = 60;
    const fates = [flat, flat, peaked, peaked].map((logits) => {
      generation.next(logits);
      return generation.lastStep;
    });
    expect(fates).toEqual(['withoutContext', 'common', 'certain', 'certain']);
    generation.next(peaked);
    expect(generation.lastStep).toBe('repeatedContext');
    watermarker.close();
  });
});
