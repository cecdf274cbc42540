import { Detector, DetectorError, TOKEN_STATUSES } from '@countermark/detector';
import { DocumentScorer } from '@countermark/detector/corpus';
import { averageEValues, eValueOfPValue } from '@countermark/detector/evidence';
import { createParams, seededRandom, WatermarkKey } from '@countermark/watermark';
import { createScheme } from '@countermark/watermark/scheme';
import { afterAll, describe, expect, it } from 'vitest';
import { naiveWindows } from '../../regions/naive-windows.ts';
import { BYTE_TOKENIZER } from '../../support/byte-tokenizer.ts';
import { markedIds } from '../../support/marked-ids.ts';
import { keyFrom, randomIds, SCHEMES, secretFrom } from '../../support/random-key.ts';

const VOCABULARY = 300;
const SCORED = TOKEN_STATUSES.indexOf('scored');
const ids = (seed: number, count: number): Uint32Array => randomIds(seededRandom(seed), count, VOCABULARY);
const { vocabSize, fingerprint } = BYTE_TOKENIZER;
const byteKey = new WatermarkKey(
  createParams({ tokenizer: { name: 'bytes', vocabSize, fingerprint } }),
  secretFrom(seededRandom('bytes')),
);
const scorers: DocumentScorer[] = [];

afterAll(() => {
  for (const scorer of scorers) scorer.close();
});

function scorerOf(...[keys, options]: ConstructorParameters<typeof DocumentScorer>): DocumentScorer {
  const scorer = new DocumentScorer(keys, options);
  scorers.push(scorer);
  return scorer;
}

describe.each(SCHEMES)('DocumentScorer under $kind', (scheme) => {
  const key = keyFrom('one', VOCABULARY, { scheme });

  it('says of token ids what the detector says', () => {
    const scorer = scorerOf([key]);
    const detector = new Detector([key]);
    for (const count of [0, 3, 4, 5, 60, 400, 5000]) {
      const document = ids(count, count);
      const found = scorer.score([document]);
      const { log10PValue, log10EValue, scored, total } = detector.detect(document);
      expect(found).toMatchObject({ tokens: total, key: 0, scored, log10PValue, log10EValue });
      expect(found.log10EValues).toEqual([scored >= 50 ? log10EValue : undefined]);
      expect(found.tokenIds).toEqual([document]);
    }
    detector.close();
  });

  it('corrects for several keys as the detector does, where one stands out', () => {
    const keys = ['one', 'two', 'three'].map((seed) => keyFrom(seed, VOCABULARY, { scheme }));
    const scorer = scorerOf(keys);
    const detector = new Detector(keys);
    for (let seed = 0; seed < 30; seed++) {
      const document = ids(seed, 300);
      const found = scorer.score([document]);
      const detection = detector.detect(document);
      // Holm's smallest value is Bonferroni's.
      const smallest = Math.min(...detection.keys.map(({ log10RawPValue }) => log10RawPValue));
      expect(found.log10PValue).toBeCloseTo(Math.min(0, smallest + Math.log10(3)), 12);
      expect(found.log10PValue).toBeCloseTo(detection.log10PValue, 12);
      expect(detection.keys[found.key]!.log10RawPValue).toBe(smallest);
      expect(found.log10EValue).toBe(averageEValues(detection.keys.map(({ log10EValue }) => log10EValue)));
      expect(found.log10EValues).toEqual(detection.keys.map(({ log10EValue }) => log10EValue));
    }
    detector.close();
  });
});

describe.each(SCHEMES)('DocumentScorer with windows under $kind', (params) => {
  const key = keyFrom('one', VOCABULARY, { scheme: params });
  const { nullLaw } = createScheme(params);
  // Two keys of one document: all of the factors that there are.
  const other = keyFrom('two', VOCABULARY, { scheme: params });

  it('doubles the whole, multiplies windows with their factors, and takes the smallest of a long document', () => {
    const detectors = [key, other].map((one) => new Detector([one]));
    const scorer = scorerOf([key, other], { windowTokens: 600 });
    const plain = scorerOf([key, other]);
    for (const [length, marked] of [
      [599, 0],
      [600, 0],
      [700, 150],
      [1500, 250],
    ] as const) {
      const document = ids(length, length);
      document.set(markedIds(key, undefined, marked, 'part'), 200);
      const found = scorer.score([document]);
      if (length < 600) {
        expect(found).toEqual(plain.score([document]));
        continue;
      }
      const reports = detectors.map((detector) => detector.report(document));
      const products = reports.map(({ detection, scores: all, statuses }) => {
        const scores = [...all].filter((_, i) => statuses[i] === SCORED);
        const windows = naiveWindows(scores, nullLaw).map(
          ({ log10Tail, factor }) => log10Tail + Math.log10(factor),
        );
        return { whole: detection.log10PValue + Math.log10(2), window: Math.min(...windows) };
      });
      const least = Math.min(...products.map(({ whole, window }) => Math.min(0, whole, window)));
      const expected = Math.min(0, least + Math.log10(2));
      expect(found.log10PValue).toBeGreaterThanOrEqual(expected - 1e-9);
      // Windows are ranked by bounds, which are within a factor of ten of the tails' own order.
      expect(found.log10PValue).toBeLessThanOrEqual(Math.min(0, expected + 1));
      if (marked > 0) {
        expect(products[0]!.window).toBeLessThan(products[0]!.whole);
        expect(found.log10PValue).toBeLessThan(-3);
      }
      for (const [i, { detection }] of reports.entries()) {
        // The mean with an e-value that is at least ½.
        const value = found.log10EValues[i]!;
        expect(value).toBeGreaterThanOrEqual(
          averageEValues([detection.log10EValue, Math.log10(0.5)]) - 1e-12,
        );
        const largest = eValueOfPValue(Math.min(0, products[i]!.window));
        expect(value).toBeLessThanOrEqual(averageEValues([detection.log10EValue, largest]) + 1e-9);
      }
    }
    for (const detector of detectors) detector.close();
  });
});

describe('DocumentScorer', () => {
  const key = keyFrom('one', VOCABULARY);

  it('says of texts what the detector says', () => {
    const scorer = scorerOf([byteKey], { tokenizers: [BYTE_TOKENIZER] });
    const detector = new Detector([byteKey], { tokenizers: [BYTE_TOKENIZER] });
    for (const text of ['', 'Call me Ish\u200Bmael. '.repeat(3), 'Some years ago, never mind how long. ']) {
      const { log10PValue, log10EValue, scored, total } = detector.detect(text);
      expect(scorer.score([text])).toMatchObject({ tokens: total, scored, log10PValue, log10EValue });
    }
    detector.close();
  });

  it('lets no context reach over the border of segments, and counts a tuple once in all of them', () => {
    const scorer = scorerOf([key]);
    const [one, two] = [ids(1, 200), ids(2, 200)];
    const apart = scorer.score([one]).scored + scorer.score([two]).scored;
    const both = scorer.score([one, two]);
    expect(both.tokens).toBe(400);
    expect(both.scored).toBe(apart);
    expect(scorer.score([Uint32Array.from([...one, ...two])]).scored).toBeGreaterThan(apart);
    const twice = scorer.score([one, one]);
    expect(twice.scored).toBe(scorer.score([one]).scored);
    expect(twice.log10PValue).toBe(scorer.score([one]).log10PValue);
    // Pieces too short for a context.
    const short = Array.from({ length: 50 }, (_, i) => one.subarray(4 * i, 4 * i + 4));
    expect(scorer.score(short)).toMatchObject({ tokens: 200, scored: 0, log10PValue: 0, log10EValue: 0 });
  });

  it('prefers a key with enough scored tokens, whatever the others say', () => {
    // With a hundredth of the slots, the second key scores a few tokens of 400 only.
    const rare = keyFrom('rare', VOCABULARY, { commonShare: 0.01, accountShare: 0 });
    const scorer = scorerOf([rare, key]);
    let preferred = 0;
    for (let seed = 0; seed < 60; seed++) {
      const document = ids(seed, 400);
      const found = scorer.score([document]);
      expect(found.key).toBe(1);
      expect(found.log10EValues[0]).toBeUndefined();
      if (ownPValue(rare, document) < ownPValue(key, document)) preferred++;
    }
    // The rare key's own p-value was the smaller one often enough for that to mean something.
    expect(preferred).toBeGreaterThan(10);
  });

  it('reads a document without segments under keys of any number of tokenizers', () => {
    const mixed = scorerOf([byteKey, key], {
      tokenizers: [BYTE_TOKENIZER],
      decoys: [keyFrom('decoy', VOCABULARY)],
    });
    const none = { tokens: 0, scored: 0, log10PValue: 0, log10EValue: 0, signature: [0, 0, 0, 0] };
    for (const scorer of [mixed, scorerOf([key])]) {
      expect(scorer.score([])).toMatchObject(none);
      expect(scorer.samples()[0]!.size).toBe(0);
    }
    expect(() => mixed.score([ids(1, 10)])).toThrow(DetectorError);
  });

  it('samples nothing of a document that it refuses', () => {
    const scorer = scorerOf([key]);
    const bad = ids(1, 100);
    bad[99] = VOCABULARY;
    expect(() => scorer.score([ids(2, 100), bad])).toThrow(/position 199/);
    expect(scorer.samples()[0]!.size).toBe(0);
  });

  it('gives near copies a half of their signature in common, and others none', () => {
    const scorer = scorerOf([key]);
    const document = ids(1, 2000);
    const copy = document.slice();
    copy[1999] = (copy[1999]! + 1) % VOCABULARY;
    const one = scorer.score([document]).signature;
    const two = scorer.score([copy]).signature;
    const third = scorer.score([ids(2, 2000)]).signature;
    const halves = (a: readonly number[], b: readonly number[]): boolean[] =>
      [0, 2].map((i) => a[i] === b[i] && a[i + 1] === b[i + 1]);
    expect(halves(one, two)).toContain(true);
    expect(halves(one, third)).toEqual([false, false]);
  });

  it('refuses no keys, a key twice, and options out of range', () => {
    expect(() => new DocumentScorer([])).toThrow(RangeError);
    expect(() => new DocumentScorer([key, key])).toThrow(/got one twice/);
    expect(() => new DocumentScorer([key], { minTokens: 0 })).toThrow(/"minTokens"/);
    expect(() => new DocumentScorer([key], { windowTokens: 0 })).toThrow(/"windowTokens"/);
  });
});

function ownPValue(key: WatermarkKey, document: Uint32Array): number {
  const detector = new Detector([key]);
  const { log10RawPValue } = detector.detect(document);
  detector.close();
  return log10RawPValue;
}
