/** Weights by probabilities: the law of scores is exact, the test calibrated, and refused where it means nothing. */
import { Detector, type TokenProbabilities } from '@countermark/detector';
import { binomialTailLog10, latticeTailLog10 } from '@countermark/detector/stats';
import { WeightedScores, weightedTest } from '@countermark/detector/weights';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { agrees } from '../stats/vectors.ts';
import { BYTE_TOKENIZER } from '../support/byte-tokenizer.ts';
import { markedIds } from '../support/marked-ids.ts';
import { keyFrom, randomIds, SCHEMES, secretFrom } from '../support/random-key.ts';

const VOCABULARY = 256;
const SOURCES = ['known', 'proxy'] as const;
const everywhere = (value: number, tokens: number): TokenProbabilities => ({
  values: new Array<number>(tokens).fill(value),
});

describe.each(SOURCES)('WeightedScores of %s probabilities', (source) => {
  const scores = new WeightedScores(source);
  const places = Array.from({ length: scores.classes }, (_, place) => place);

  it('puts each probability into one class, the likely last', () => {
    const steps = Array.from({ length: 1001 }, (_, i) => scores.classOf(i / 1000));
    expect(steps[0]).toBe(0);
    expect(steps.at(-1)).toBe(scores.classes - 1);
    for (const [i, step] of steps.entries()) expect(step).toBeGreaterThanOrEqual(steps[i - 1] ?? 0);
    expect(new Set(steps).size).toBeGreaterThan(20);
  });

  it.each([0, 6, 12, 20, 24])('has exactly the law that its null law says, in class %i', (place) => {
    // Every score of one word, by bisection on the words: scores never fall as words rise.
    const law = scores.nullLaw(places.map((other) => Number(other === place)));
    expect(scores.score(place, 0)).toBe(law.minimum);
    expect(scores.score(place, 0xffffffff)).toBe(law.maximum);
    for (let score = law.minimum + 1; score <= law.maximum; score++) {
      let below = 0;
      let reached = 2 ** 32 - 1;
      while (reached - below > 1) {
        const middle = Math.floor((reached + below) / 2);
        if (scores.score(place, middle) >= score) reached = middle;
        else below = middle;
      }
      const share = Math.log10((2 ** 32 - reached) / 2 ** 32);
      // The accuracy that docs/statistics.md states.
      expect(agrees(latticeTailLog10({ law, threshold: score }), share, 1e-10)).toBe(true);
    }
  });

  it('never rise by a likelier token where the word is large, and never fall where it is small', () => {
    for (const place of places.slice(1)) {
      expect(scores.score(place, 0xffffffff)).toBeLessThanOrEqual(scores.score(place - 1, 0xffffffff));
      expect(scores.score(place, 0)).toBeGreaterThanOrEqual(scores.score(place - 1, 0));
    }
  });

  it('lets no token weigh against a mark by more than ln 0.05, rounded to eighths', () => {
    for (const place of places) {
      expect(scores.score(place, 0)).toBeGreaterThanOrEqual(Math.round(8 * Math.log(0.05)));
    }
  });
});

describe('weightedTest', () => {
  it('takes small words for no evidence, and large ones for much', () => {
    const scores = new WeightedScores('known');
    const test = (words: readonly number[], probability: number) =>
      weightedTest(
        scores,
        Uint32Array.from(words),
        Uint8Array.from(words, () => scores.classOf(probability)),
      );
    expect(test([0, 0], 0.5).log10PValue).toBe(0);
    // With p = 0.01 a word scores ln(0.05 + 0.95 r^99 / p), rounded: within 1/8 of the most for 1 − r < 1/(8 · 99).
    const words = new Array<number>(10).fill(0xffffffff);
    expect(test(words, 0.01).log10PValue).toBeLessThan(-10 * Math.log10(8 * 99));
    expect(test([], 0.5)).toEqual({ source: 'known', weighed: 0, logLikelihoodRatio: 0, log10PValue: 0 });
  });

  it.each(SOURCES)('is calibrated over 1,000 random keys, with %s probabilities', (source) => {
    // One document with probabilities from 0.001 to 1, half of them near 1. P(p ≤ t) ≤ t: the number of keys is then below the
    // binomial quantile at 1e-7. And it is nearly t: scores are sums of many, so the other side is asked for at 0.8 t.
    const random = seededRandom('calibration');
    const ids = randomIds(random, 120, VOCABULARY);
    const values = Float64Array.from(ids, (_, i) =>
      i % 2 === 0 ? 0.9 + 0.1 * random() : 10 ** (-3 * random()),
    );
    const KEYS = 1000;
    const found: number[] = [];
    for (let i = 0; i < KEYS; i++) {
      const detector = new Detector([keyFrom(`key ${i}`, VOCABULARY)]);
      const { log10RawPValue, weighted } = detector.detect(ids, { values, source });
      detector.close();
      expect(log10RawPValue).toBe(weighted!.log10PValue);
      found.push(log10RawPValue);
    }
    for (const level of [0.3, 0.1, 0.01]) {
      const below = found.filter((value) => value <= Math.log10(level)).length;
      const upper = (rate: number, count: number) =>
        binomialTailLog10(KEYS, count, Math.ceil(rate * 2 ** 32));
      expect(upper(level, below)).toBeGreaterThan(-7);
      expect(upper(1 - 0.8 * level, KEYS - below)).toBeGreaterThan(-7);
    }
  });
});

describe('Detector.detect with probabilities', () => {
  it('finds a mark with less evidence than without them, and not under another key', () => {
    const key = keyFrom(1, VOCABULARY, { commonShare: 1, accountShare: 0 });
    const ids = markedIds(key, undefined, 80, 'marked');
    const detector = new Detector([key]);
    // The model's logits are uniform on −3 … 3: a token's probability is about its winner's.
    const { weighted, log10RawPValue } = detector.detect(ids, everywhere(0.02, 80));
    detector.close();
    expect(log10RawPValue).toBeLessThan(weighted!.log10PlainPValue);
    expect(weighted!.logLikelihoodRatio).toBeGreaterThan(0);
    const other = new Detector([keyFrom(2, VOCABULARY, { commonShare: 1, accountShare: 0 })]);
    expect(other.detect(ids, everywhere(0.02, 80)).log10RawPValue).toBeGreaterThan(-6);
    other.close();
  });

  it('reads a text by the tokens that it says', () => {
    const key = keyFrom(1, VOCABULARY);
    const tokenizer = { ...BYTE_TOKENIZER, fingerprint: key.params.tokenizer.fingerprint };
    const text = 'So many\u200b words, so many tokens.';
    const detector = new Detector([key], { tokenizers: [tokenizer] });
    const tokenIds = detector.tokenize(text);
    // The zero-width space is removed before.
    expect(tokenIds).toHaveLength(text.length - 1);
    const probabilities = everywhere(0.3, tokenIds.length);
    expect(detector.detect(text, probabilities).weighted).toEqual(
      detector.detect(tokenIds, probabilities).weighted,
    );
    expect(detector.report(text, probabilities).detection.weighted).toBeDefined();
    detector.close();
  });

  it('leaves out tokens after a context that is not new', () => {
    const ids = randomIds(seededRandom(2), 300, VOCABULARY);
    const detector = new Detector([keyFrom(1, VOCABULARY, { commonShare: 1, accountShare: 0 })]);
    const once = detector.detect(ids, everywhere(0.5, 300));
    // The first 100 tokens again, each fifth changed: new tuples, of which some follow a context that occurred.
    const again = ids.slice(0, 100).map((id, i) => (i % 5 === 4 ? (id + 1) % VOCABULARY : id));
    const twice = detector.detect([...ids, ...again], everywhere(0.5, 400));
    detector.close();
    expect(once.weighted!.weighed).toBe(once.scored);
    // Width 4: ids 0 … 3 of each block of five are those of the first time, so that its changed token has an old context.
    expect(twice.scored - twice.weighted!.weighed).toBe(20);
  });

  it('ranks a key among decoys by the same p-value', () => {
    const key = keyFrom(1, VOCABULARY, { commonShare: 1, accountShare: 0 });
    const ids = markedIds(key, undefined, 60, 'marked');
    const random = seededRandom('decoys');
    const secret = () => secretFrom(random);
    const detector = new Detector([key], { decoys: { count: 20, secret } });
    const { decoys } = detector.detect(ids, everywhere(0.02, 60));
    detector.close();
    expect(decoys).toMatchObject({ atLeastAsStrong: 0, alarm: false });
  });

  it('refuses more or fewer probabilities than tokens, values that are none, and other sources', () => {
    const detector = new Detector([keyFrom(1, VOCABULARY)]);
    const ids = [1, 2, 3];
    const refused = (message: string) => expect.objectContaining({ code: 'probabilities-unusable', message });
    expect(() => detector.detect(ids, { values: [0.5] })).toThrow(
      refused('there are 1 probabilities for 3 tokens'),
    );
    for (const wrong of [-0.1, 1.1, Number.NaN]) {
      expect(() => detector.detect(ids, { values: [0.5, wrong, 1] })).toThrow(
        refused('the value at position 1 is not a probability'),
      );
    }
    const guess = { values: [1, 1, 1], source: 'guess' } as unknown as TokenProbabilities;
    expect(() => detector.detect(ids, guess)).toThrow(/"source" expected known or proxy, got guess/);
    detector.close();
  });

  it.each(SCHEMES.slice(1))('refuses them for $kind', (scheme) => {
    const detector = new Detector([keyFrom(1, VOCABULARY, { scheme })]);
    expect(() => detector.detect([1], { values: [0.5] })).toThrow(
      new RegExp(`gumbel keys and no regions, got ${scheme.kind}`),
    );
    detector.close();
  });

  it('refuses them beside a search for regions', () => {
    const detector = new Detector([keyFrom(1, VOCABULARY)], { regions: true });
    expect(() => detector.detect([1], { values: [0.5] })).toThrow(/got a search for regions/);
    detector.close();
  });
});
