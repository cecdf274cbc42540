/** Known probabilities: the test is calibrated, errs to the safe side, and is refused where it means nothing. */
import { Detector } from '@countermark/detector';
import { binomialTailLog10 } from '@countermark/detector/stats';
import { knownProbabilityTest } from '@countermark/detector/weights';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { keyFrom, randomIds, SCHEMES } from '../support/random-key.ts';

const VOCABULARY = 256;
const test = (words: readonly number[], probabilities: readonly number[]) =>
  knownProbabilityTest(Uint32Array.from(words), Float64Array.from(probabilities));

describe('known probabilities', () => {
  it('give the log-likelihood ratio, with probabilities clipped', () => {
    // r = ½: −ln p + (1/p − 1) ln ½.
    const { logLikelihoodRatio, informative } = test([2 ** 31, 2 ** 31, 2 ** 31], [0.5, 1, 1e-9]);
    expect(informative).toBe(2);
    // Rounding of six operations.
    expect(logLikelihoodRatio).toBeCloseTo(Math.LN2 - Math.LN2 + Math.log(100) - 99 * Math.LN2, 12);
  });

  it('take small words for no evidence, and large ones for much', () => {
    expect(test([0, 0], [0.5, 0.2]).log10PValue).toBe(0);
    expect(
      test(new Array<number>(10).fill(0xffffffff), new Array<number>(10).fill(0.5)).log10PValue,
    ).toBeLessThan(-60);
    expect(test([], [])).toMatchObject({ informative: 0, log10PValue: 0, log10SaddlePointPValue: 0 });
    expect(test([0xffffffff], [1])).toMatchObject({ informative: 0, logLikelihoodRatio: 0, log10PValue: 0 });
  });

  it('are calibrated over 3,000 random keys', () => {
    // One document with probabilities from 0.001 to 1, half of them near 1. A true p-value at or below t has probability at
    // most t: the number of keys is then below the binomial quantile at 1e-7. That of the saddle point is off by 2.5 % at most.
    const random = seededRandom('calibration');
    const ids = randomIds(random, 120, VOCABULARY);
    const probabilities = Float64Array.from(ids, (_, i) =>
      i % 2 === 0 ? 0.9 + 0.1 * random() : 10 ** (-3 * random()),
    );
    const KEYS = 3000;
    const certified: number[] = [];
    const saddle: number[] = [];
    for (let i = 0; i < KEYS; i++) {
      const detector = new Detector([keyFrom(`key ${i}`, VOCABULARY)]);
      const { log10RawPValue, knownProbabilities } = detector.detect(ids, probabilities);
      detector.close();
      expect(log10RawPValue).toBe(knownProbabilities!.log10PValue);
      certified.push(log10RawPValue);
      saddle.push(knownProbabilities!.log10SaddlePointPValue);
    }
    for (const level of [0.3, 0.1, 0.01, 0.001]) {
      const below = (values: readonly number[]) =>
        values.filter((value) => value <= Math.log10(level)).length;
      const upper = (rate: number, count: number) =>
        binomialTailLog10(KEYS, count, Math.ceil(rate * 2 ** 32));
      expect(upper(level, below(certified))).toBeGreaterThan(-7);
      expect(below(certified)).toBeLessThanOrEqual(below(saddle));
      expect(upper(level * 1.025, below(saddle))).toBeGreaterThan(-7);
      // From below too, the same way: unless values are as small as they should be, the check above says nothing.
      const above = KEYS - below(saddle);
      expect(upper(1 - level / 1.025, above)).toBeGreaterThan(-7);
    }
  });

  it('leave out tokens after a context that is not new', () => {
    const ids = randomIds(seededRandom(2), 300, VOCABULARY);
    const detector = new Detector([keyFrom(1, VOCABULARY, { commonShare: 1, accountShare: 0 })]);
    const half = new Array<number>(300).fill(0.5);
    const once = detector.detect(ids, half);
    // The first 100 tokens again, each fifth changed: new tuples, of which some follow a context that occurred.
    const again = ids.slice(0, 100).map((id, i) => (i % 5 === 4 ? (id + 1) % VOCABULARY : id));
    const twice = detector.detect([...ids, ...again], [...half, ...half.slice(0, 100)]);
    detector.close();
    expect(once.knownProbabilities!.informative).toBe(once.scored);
    // Width 4: ids 0 … 3 of each block of five are those of the first time, so that its changed token has an old context.
    expect(twice.scored - twice.knownProbabilities!.informative).toBe(20);
  });

  it('are ranked among decoys by the same p-value', () => {
    const ids = randomIds(seededRandom(1), 200, VOCABULARY);
    const detector = new Detector([keyFrom(1, VOCABULARY)], { decoys: { count: 20 } });
    // Nothing is known of any token: every p-value is 1, and all decoys tie.
    const { decoys, verdict } = detector.detect(ids, new Float64Array(200).fill(1));
    detector.close();
    expect(decoys).toMatchObject({ atLeastAsStrong: 20, log10RankPValue: 0 });
    expect(verdict).toBe('not-detected');
  });

  it('are refused where there are more or fewer than tokens, or where one is none', () => {
    const detector = new Detector([keyFrom(1, VOCABULARY)]);
    const ids = [1, 2, 3];
    const refused = (message: string) => expect.objectContaining({ code: 'probabilities-unusable', message });
    expect(() => detector.detect(ids, [0.5])).toThrow(refused('there are 1 probabilities for 3 tokens'));
    for (const wrong of [-0.1, 1.1, Number.NaN]) {
      expect(() => detector.detect(ids, [0.5, wrong, 1])).toThrow(
        refused('the value at position 1 is no probability'),
      );
    }
    expect(() => detector.detect('text', [0.5])).toThrow(RangeError);
    detector.close();
  });

  it.each(SCHEMES.slice(1))('are refused for $kind', (scheme) => {
    const detector = new Detector([keyFrom(1, VOCABULARY, { scheme })]);
    expect(() => detector.detect([1], [0.5])).toThrow(
      new RegExp(`gumbel keys and no regions, got ${scheme.kind}`),
    );
    detector.close();
  });

  it('are refused beside a search for regions', () => {
    const detector = new Detector([keyFrom(1, VOCABULARY)], { regions: true });
    expect(() => detector.detect([1], [0.5])).toThrow(/got a search for regions/);
    detector.close();
  });
});
