import { type SamplingSettings, seededRandom, WatermarkError, Watermarker } from '@countermark/watermark';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeDistance } from '../sampling/naive-ranking.ts';
import { AT_ONCE } from '../support/mark-at-once.ts';
import { keyFrom, randomIds, randomLogits, SCHEMES } from '../support/random-key.ts';

const VOCAB = 6000;
const WIDTH = 2;

const logit = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: -30, max: 30, noNaN: true }) },
  { weight: 3, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(-Infinity, -0, 0, 1e30, -1e30, 1e-45) },
);
const lists = fc
  .uniqueArray(fc.tuple(fc.nat(VOCAB - 1), logit), { selector: ([id]) => id, minLength: 1, maxLength: 60 })
  .filter((list) => list.some(([, value]) => value > -Infinity));
const settings: fc.Arbitrary<SamplingSettings> = fc.record(
  {
    temperature: fc.constantFrom(0.01, 0.5, 1, 1.7, 100),
    topK: fc.integer({ min: 1, max: 80 }),
    topP: fc.constantFrom(1e-9, 0.1, 0.37, 0.9, 0.999, 1),
  },
  { requiredKeys: [] },
);

/** The logits of a whole vocabulary in which only listed tokens are possible. */
function spread(tokenIds: Uint32Array, logits: Float32Array): Float32Array {
  const whole = new Float32Array(VOCAB).fill(-Infinity);
  tokenIds.forEach((id, i) => {
    whole[id] = logits[i]!;
  });
  return whole;
}

describe.each(SCHEMES)('Generation.chooseAmong with $kind', (scheme) => {
  const key = keyFrom('choose among', VOCAB, { scheme, contextWidth: WIDTH });
  const watermarker = new Watermarker(key);

  it('chooses what a vocabulary chooses in which all others are impossible', () => {
    const prompt = fc.array(fc.nat(VOCAB - 1), { minLength: 0, maxLength: 3 });
    let marked = 0;
    fc.assert(
      fc.property(lists, settings, prompt, fc.nat(), (list, sampling, before, seed) => {
        const tokenIds = Uint32Array.from(list, ([id]) => id);
        const logits = Float32Array.from(list, ([, value]) => value);
        const whole = spread(tokenIds, logits);
        fc.pre(edgeDistance(whole, sampling) > 1e-6);
        const start = () =>
          watermarker.start({
            ...AT_ONCE,
            prompt: before,
            accountId: 'any',
            sampling,
            random: seededRandom(seed),
          });
        const [one, other] = [start(), start()];
        expect(one.chooseAmong(tokenIds, logits)).toBe(other.choose(whole));
        marked += one.counts.common + one.counts.account + one.counts.certain;
      }),
      { seed: 1, numRuns: 250 },
    );
    expect(marked).toBeGreaterThan(50);
  });

  it('chooses alike from more candidates than are ranked', () => {
    const random = seededRandom('many');
    const tokenIds = Uint32Array.from({ length: VOCAB }, (_, i) => (i * 7) % VOCAB);
    const sampling = { temperature: 5 };
    const start = () =>
      watermarker.start({ ...AT_ONCE, prompt: [1, 2], sampling, random: seededRandom('tail') });
    const [one, other] = [start(), start()];
    for (let step = 0; step < 12; step++) {
      const logits = randomLogits(random, VOCAB, 1);
      const choice = one.chooseAmong(tokenIds, logits);
      expect(choice).toBe(other.choose(spread(tokenIds, logits)));
      one.push(choice);
      other.push(choice);
    }
  });

  it('goes on from a response as if it had made it', () => {
    const random = seededRandom('response');
    const once = randomIds(random, 60, VOCAB);
    const response = [...once, ...once.subarray(10, 40)];
    const tokenIds = Uint32Array.from({ length: 50 }, (_, i) => i * 11);
    const whole = watermarker.start({ ...AT_ONCE, prompt: [5, 1, 2], random: () => 0.5 });
    response.forEach((tokenId, step) => {
      const logits = randomLogits(random, tokenIds.length, 2);
      const { repeatedContext } = whole.counts;
      const choice = whole.chooseAmong(tokenIds, logits);
      const continued = watermarker.start({
        ...AT_ONCE,
        prompt: [1, 2],
        response: response.slice(0, step),
        random: () => 0.5,
      });
      expect(continued.chooseAmong(tokenIds, logits)).toBe(choice);
      expect(continued.counts.repeatedContext).toBe(whole.counts.repeatedContext - repeatedContext);
      whole.push(tokenId);
    });
    // The copied stretch of 30 tokens has 29 contexts within it, of which the first follows two copied tokens.
    expect(whole.counts.repeatedContext).toBe(28);
  });

  it('keeps used contexts where the engine goes back', () => {
    const tokenIds = Uint32Array.of(3, 4);
    const logits = Float32Array.of(0, 0);
    const generation = watermarker.start({ ...AT_ONCE, prompt: [1, 2] });
    generation.chooseAmong(tokenIds, logits);
    generation.moveTo([9, 8, 7]);
    generation.chooseAmong(tokenIds, logits);
    generation.moveTo([0, 1, 2]);
    generation.chooseAmong(tokenIds, logits);
    expect(generation.counts.repeatedContext).toBe(1);
    generation.moveTo([1]);
    generation.chooseAmong(tokenIds, logits);
    expect(generation.counts.withoutContext).toBe(1);
  });
});

describe('Generation.chooseAmong', () => {
  const watermarker = new Watermarker(keyFrom('choose among', 100, { contextWidth: WIDTH }));
  const cases: [string, number[], number[], string][] = [
    ['an empty list', [], [], '"tokenIds" expected one candidate at least, got none'],
    ['lists of two lengths', [1, 2], [0], '"logits" expected length 2, got 1'],
    ['an id that comes twice', [7, 1, 7], [0, 0, 0], '"tokenIds[2]" expected an id that is listed once'],
    ['an id beyond the vocabulary', [7, 100], [0, 0], '"tokenIds[1]" expected a token id below 100, got 100'],
  ];

  it.each(cases)('refuses %s with a RangeError', (_, tokenIds, logits, message) => {
    const run = () => watermarker.start().chooseAmong(Uint32Array.from(tokenIds), Float32Array.from(logits));
    expect(run).toThrow(RangeError);
    expect(run).toThrow(message);
  });

  it.each([
    ['NaN', [0, Number.NaN]],
    ['Infinity', [Infinity, 0]],
    ['nothing but -Infinity', [-Infinity, -Infinity]],
  ])('refuses %s as invalid logits, and leaves the context unused', (_, logits) => {
    const generation = watermarker.start({ ...AT_ONCE, prompt: [1, 2] });
    const run = () => generation.chooseAmong(Uint32Array.of(1, 2), Float32Array.from(logits));
    expect(run).toThrow(WatermarkError);
    expect(run).toThrow(expect.objectContaining({ code: 'invalid-logits' }));
    generation.chooseAmong(Uint32Array.of(1, 2), Float32Array.of(0, 0));
    expect(generation.counts.repeatedContext).toBe(0);
  });

  it('takes the likeliest token where decoding is greedy and the step is not marked', () => {
    const key = keyFrom('greedy', 100, {
      contextWidth: WIDTH,
      scheme: { kind: 'green-list', gamma: 0.5, delta: 1 },
    });
    const generation = new Watermarker(key).start({ sampling: { temperature: 0 } });
    expect(generation.chooseAmong(Uint32Array.of(9, 4, 5), Float32Array.of(1, 2, 2))).toBe(4);
  });
});
