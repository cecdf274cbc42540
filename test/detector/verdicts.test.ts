import { correctDocuments, type Detection, Detector } from '@countermark/detector';
import { benjaminiHochberg, holm } from '@countermark/detector/stats';
import { seededRandom, Watermarker, type WatermarkKey } from '@countermark/watermark';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyFrom, randomIds, randomLogits } from '../support/random-key.ts';

const VOCAB = 50;
const KEYS = ['one', 'two', 'three', 'four'].map((seed) => keyFrom(seed, VOCAB));
const [FIRST, SECOND] = KEYS as [WatermarkKey, WatermarkKey];

function marked(key: WatermarkKey, length: number, seed: number): number[] {
  const random = seededRandom(seed);
  const watermarker = new Watermarker(key);
  const generation = watermarker.start({ prompt: [1, 2, 3, 4], random });
  const response = Array.from({ length }, () => generation.next(randomLogits(random, VOCAB, 2)));
  watermarker.close();
  return response;
}

function detect(keys: readonly WatermarkKey[], tokenIds: ArrayLike<number>, options = {}): Detection {
  const detector = new Detector(keys, options);
  const detection = detector.detect(tokenIds);
  detector.close();
  return detection;
}

const PLAIN = randomIds(seededRandom('plain'), 300, VOCAB);
const MARKED = marked(SECOND, 300, 1);

describe('Detection under one key', () => {
  it('is not corrected for anything', () => {
    const detection = detect([SECOND], MARKED);
    expect(detection).toMatchObject({ object: 'detection', tests: 1, corrections: [], verdict: 'detected' });
    expect(detection.log10PValue).toBe(detection.log10RawPValue);
    // For people a p-value ends where the key does: BLAKE3 promises 128 bits.
    expect(detection.log10PValue).toBeLessThan(-100);
    expect(detection.pValue).toBe(10 ** detection.log10LeastPValue);
    expect(detection).toMatchObject({ basis: 'law', keyBits: 128, unkeyed: 0 });
    expect(detection.log10LeastPValue).toBeCloseTo(-38.5318, 4);
    expect(detection.keys).toHaveLength(1);
    expect(detection).toMatchObject(detection.keys[0]!);
    expect(detection).not.toHaveProperty('log10QValue');
  });

  it('is detected exactly where the p-value is at most the level', () => {
    const { pValue } = detect([SECOND], PLAIN);
    expect(detect([SECOND], PLAIN, { alpha: pValue * (1 - 1e-9) }).verdict).toBe('not-detected');
    expect(detect([SECOND], PLAIN, { alpha: pValue * (1 + 1e-9) }).verdict).toBe('detected');
  });

  it('is inconclusive with fewer scored tokens than the minimum, however small its p-value', () => {
    const { scored, log10PValue } = detect([SECOND], MARKED);
    expect(log10PValue).toBeLessThan(-6);
    expect(detect([SECOND], MARKED, { minTokens: scored }).verdict).toBe('detected');
    const short = detect([SECOND], MARKED, { minTokens: scored + 1 });
    expect([short.verdict, short.log10PValue, short.minTokens]).toEqual([
      'inconclusive',
      log10PValue,
      scored + 1,
    ]);
  });
});

describe('Detection under several keys', () => {
  it('is corrected by Holm, and stands for the key with the strongest evidence', () => {
    const detection = detect(KEYS, MARKED);
    const alone = KEYS.map((key) => detect([key], MARKED));
    const raw = alone.map(({ log10RawPValue }) => log10RawPValue);
    expect(detection.keys.map(({ keyId }) => keyId)).toEqual(KEYS.map(({ keyId }) => keyId));
    expect(detection.keys.map(({ log10RawPValue }) => log10RawPValue)).toEqual(raw);
    expect(detection.keys.map(({ log10PValue }) => log10PValue)).toEqual(holm(raw));
    expect(detection.keys.map(({ verdict }) => verdict)).toEqual([
      'not-detected',
      'detected',
      'not-detected',
      'not-detected',
    ]);
    expect(detection).toMatchObject({
      verdict: 'detected',
      keyId: SECOND.keyId,
      params: SECOND.fingerprint,
      tests: 4,
      corrections: [{ method: 'holm', over: 'keys', tests: 4 }],
    });
    // The e-value alone is not that key's: it is the mean of all.
    const { log10EValue, ...strongest } = detection.keys[1]!;
    expect(detection).toMatchObject(strongest);
    expect(detection.log10EValue).toBeLessThan(log10EValue);
    expect(detection.log10PValue).toBe(raw[1]! + Math.log10(4));
  });

  it('does not depend on the order of the keys, but for the order of the table', () => {
    const { keys, ...top } = detect(KEYS, MARKED);
    const { keys: reversedKeys, ...reversedTop } = detect(KEYS.toReversed(), MARKED);
    expect(reversedTop).toEqual(top);
    expect(reversedKeys.toReversed()).toEqual(keys);
  });

  it('takes the corrected p-value for the verdict', () => {
    const { log10RawPValue } = detect([SECOND], MARKED);
    // Between the raw p-value and four times it.
    const alpha = 2 * 10 ** log10RawPValue;
    expect(detect([SECOND], MARKED, { alpha }).verdict).toBe('detected');
    expect(detect(KEYS, MARKED, { alpha }).verdict).toBe('not-detected');
  });

  // No context is common under this key, so that nothing is scored.
  const silent = keyFrom('silent', VOCAB, { commonShare: 0, accountShare: 1 });

  it('lets a key with enough tokens speak before one without', () => {
    const detection = detect([silent, SECOND], MARKED);
    expect(detection).toMatchObject({ verdict: 'detected', keyId: SECOND.keyId });
    expect(detection.keys.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'detected']);
  });

  it('is inconclusive if no key detects and one has too few tokens', () => {
    const detection = detect([FIRST, silent], MARKED);
    expect(detection).toMatchObject({ verdict: 'inconclusive', keyId: FIRST.keyId });
    expect(detection.keys.map(({ verdict }) => verdict)).toEqual(['not-detected', 'inconclusive']);
    expect(detection.tests).toBe(2);
    expect(detect([silent], MARKED)).toMatchObject({ verdict: 'inconclusive', scored: 0, log10PValue: 0 });
  });

  it('keeps the level over unmarked documents', () => {
    // 600 documents, 4 keys, level 5 %: Holm promises at most 5 % with any detection. Without it, 4 keys would find 18.5 %.
    const random = seededRandom(1);
    const [documents, alpha] = [600, 0.05];
    let [detected, uncorrected] = [0, 0];
    for (let i = 0; i < documents; i++) {
      const keys = [0, 1, 2, 3].map((j) => keyFrom(`level ${i} ${j}`, VOCAB));
      const detection = detect(keys, randomIds(random, 60, VOCAB), { alpha, minTokens: 1 });
      detected += Number(detection.verdict === 'detected');
      uncorrected += Number(detection.keys.some((key) => 10 ** key.log10RawPValue <= alpha));
    }
    const allowance = 4.9 * Math.sqrt((alpha * (1 - alpha)) / documents);
    expect(detected / documents).toBeLessThanOrEqual(alpha + allowance);
    expect(uncorrected / documents).toBeGreaterThan(alpha + allowance);
  });
});

describe('correctDocuments', () => {
  const documents = [
    ...[1, 2, 3].map((seed) => marked(SECOND, 150, seed)),
    ...[1, 2, 3, 4].map((i) => PLAIN.subarray(40 * i)),
  ];
  const detections = documents.map((tokenIds) => detect(KEYS, tokenIds, { minTokens: 20 }));
  const short = detect(KEYS, PLAIN.subarray(0, 12), { minTokens: 20 });

  it('corrects by Benjamini–Hochberg and takes the verdict on the q-value', () => {
    const corrected = correctDocuments(detections);
    const qValues = benjaminiHochberg(detections.map(({ log10PValue }) => log10PValue));
    expect(corrected.map(({ log10QValue }) => log10QValue)).toEqual(qValues);
    expect(corrected.map(({ verdict }) => verdict)).toEqual(
      qValues.map((log10) => (log10 <= -6 ? 'detected' : 'not-detected')),
    );
    expect(corrected.filter(({ verdict }) => verdict === 'detected')).toHaveLength(3);
    for (const [i, detection] of corrected.entries()) {
      const { verdict: _, log10QValue: __, tests, corrections, ...rest } = detection;
      const { verdict: ___, tests: testsBefore, corrections: before, ...restBefore } = detections[i]!;
      expect(rest).toEqual(restBefore);
      expect(tests).toBe(7 * testsBefore);
      expect(corrections).toEqual([...before, { method: 'benjamini-hochberg', over: 'documents', tests: 7 }]);
    }
  });

  it('does not count documents with too few tokens, nor change their verdict', () => {
    const corrected = correctDocuments([short, ...detections, short]);
    const alone = correctDocuments(detections);
    for (const detection of [corrected[0]!, corrected.at(-1)!]) {
      expect(detection).toMatchObject({ verdict: 'inconclusive', tests: short.tests });
      expect(detection).not.toHaveProperty('log10QValue');
      expect(detection.corrections.at(-1)).toEqual({
        method: 'benjamini-hochberg',
        over: 'documents',
        tests: 7,
      });
    }
    expect(corrected.slice(1, -1)).toEqual(alone);
  });

  it('leaves a single document as it is, and none', () => {
    expect(correctDocuments([detections[0]!])).toEqual([detections[0]]);
    expect(correctDocuments([])).toEqual([]);
  });

  it('only follows the order of the documents', () => {
    const check = fc.property(
      fc.shuffledSubarray([...detections.keys()], { minLength: detections.length }),
      (order) => {
        const corrected = correctDocuments(detections);
        expect(correctDocuments(order.map((i) => detections[i]!))).toEqual(order.map((i) => corrected[i]));
      },
    );
    fc.assert(check, { seed: 1, numRuns: 30 });
  });

  it('takes a detection back that does not stand the correction', () => {
    const alpha = 0.05;
    const withPValue = (pValue: number, verdict: 'detected' | 'not-detected'): Detection => {
      const log10PValue = Math.log10(pValue);
      const key = { ...detections[0]!.keys[0]!, log10PValue, log10RawPValue: log10PValue, verdict };
      return { ...detections[0]!, ...key, pValue, alpha, keys: [key] };
    };
    // q-values by hand: 0.01·4/1, 0.03·4/2 > 0.05, and so on.
    const given = [
      withPValue(0.01, 'detected'),
      withPValue(0.03, 'detected'),
      withPValue(0.5, 'not-detected'),
      withPValue(1, 'not-detected'),
    ];
    const corrected = correctDocuments(given);
    expect(corrected.map(({ verdict }) => verdict)).toEqual([
      'detected',
      'not-detected',
      'not-detected',
      'not-detected',
    ]);
    // A key that had too few tokens is still undecided when the other one's detection is taken back.
    const undecided = { ...given[1]!.keys[0]!, scored: 0, verdict: 'inconclusive' as const };
    const [, open] = correctDocuments([
      given[0]!,
      { ...given[1]!, keys: [...given[1]!.keys, undecided] },
      given[2]!,
      given[3]!,
    ]);
    expect(open!.verdict).toBe('inconclusive');
  });
});
