import { createLogitsProcessor, seededRandom, Watermarker } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { keyFrom, randomLogits, SCHEMES } from '../support/random-key.ts';

const VOCAB = 30;
const PROMPT = [3, 1, 4, 1, 5];

describe.each(SCHEMES)('createLogitsProcessor with $kind', (scheme) => {
  const key = keyFrom('processor', VOCAB, { scheme, contextWidth: 2 });
  const options = () => ({ prompt: PROMPT, accountId: 'a', random: seededRandom(1) });

  it('leaves the engine the token that next chooses, and no other', () => {
    const watermarker = new Watermarker(key);
    const generation = watermarker.start(options());
    const seen = watermarker.start(options());
    const process = createLogitsProcessor(seen, PROMPT.length);
    const random = seededRandom(2);
    const tokenIds = [...PROMPT];
    for (let step = 0; step < 100; step++) {
      const logits = randomLogits(random, VOCAB, 2);
      const expected = generation.next(logits);
      process(tokenIds, logits);
      expect(logits[expected]).toBe(0);
      expect(logits.filter((logit) => logit === -Infinity)).toHaveLength(VOCAB - 1);
      tokenIds.push(expected);
    }
    // The processor has not been told of the last token, which no further step needs.
    expect(seen.counts).toEqual(generation.counts);
    watermarker.close();
  });

  it('goes on from the tokens that the engine really took', () => {
    const watermarker = new Watermarker(key);
    const random = seededRandom(3);
    const [forced, processed] = [watermarker.start(options()), watermarker.start(options())];
    const process = createLogitsProcessor(processed, PROMPT.length);
    const tokenIds = PROMPT.map(BigInt);
    for (let step = 0; step < 60; step++) {
      const logits = randomLogits(random, VOCAB, 2);
      const expected = forced.choose(logits);
      process(tokenIds, logits);
      expect(logits.indexOf(0)).toBe(expected);
      const taken = step % 3 === 0 ? (expected + 1) % VOCAB : expected;
      forced.push(taken);
      tokenIds.push(BigInt(taken));
    }
    watermarker.close();
  });

  it('changes padding past the vocabulary too', () => {
    const watermarker = new Watermarker(key);
    const process = createLogitsProcessor(watermarker.start(options()), PROMPT.length);
    const logits = new Float32Array(VOCAB + 2).fill(1);
    process(PROMPT, logits);
    expect(logits.subarray(VOCAB)).toEqual(Float32Array.of(-Infinity, -Infinity));
    watermarker.close();
  });

  it.each<[string, readonly number[]]>([
    ['the same prompt again', PROMPT],
    ['a shorter one', PROMPT.slice(2)],
    ['a longer one', [...PROMPT, ...PROMPT, ...PROMPT]],
  ])('throws at %s: it would mark by contexts of another response', (_, second) => {
    const watermarker = new Watermarker(key);
    const process = createLogitsProcessor(watermarker.start(options()), PROMPT.length);
    const tokenIds = [...PROMPT];
    for (let step = 0; step < 4; step++) {
      const logits = randomLogits(seededRandom(step), VOCAB, 2);
      process(tokenIds, logits);
      tokenIds.push(logits.indexOf(0));
    }
    expect(() => process(second, new Float32Array(VOCAB))).toThrow(TypeError);
    watermarker.close();
  });
});
