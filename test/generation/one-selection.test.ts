import { CandidateSelector, seededRandom, Watermarker } from '@countermark/watermark';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { keyFrom, randomLogits } from '../support/random-key.ts';

const VOCABULARY = 500;
const STEPS = 40;
const key = keyFrom('one selection', VOCABULARY);

afterEach(() => vi.restoreAllMocks());

describe('a step before the mark', () => {
  it.each([
    ['top-k', { topK: 20 }],
    ['top-p', { topP: 0.9 }],
    ['both, colder', { topK: 50, topP: 0.8, temperature: 0.7 }],
    // Here the draw needs no ranking, and only the probability does.
    ['no truncation', {}],
  ])('selects its candidates once: %s', (name, sampling) => {
    const plain = new CandidateSelector(VOCABULARY);
    const draws = seededRandom(name);
    const noise = seededRandom('logits');
    const watermarker = new Watermarker(key);
    const generation = watermarker.start({ sampling, startBits: 64, random: seededRandom(name) });
    let bits = 0;
    for (let step = 0; step < STEPS && bits < 64; step++) {
      const logits = randomLogits(noise, VOCABULARY, 3);
      const select = vi.spyOn(CandidateSelector.prototype, 'select');
      const tokenId = generation.next(logits);
      expect(select).toHaveBeenCalledTimes(1);
      select.mockRestore();
      // Token and bits are those of a draw and a selection apart.
      expect(tokenId).toBe(plain.sample(logits, sampling, draws()));
      const { tokenIds, probs, count } = plain.select(logits, sampling);
      bits -= Math.log2(probs[tokenIds.subarray(0, count).indexOf(tokenId)]!);
      expect(generation.spentBits).toBeCloseTo(bits, 6);
    }
    expect(bits).toBeGreaterThan(40);
    watermarker.close();
  });
});
