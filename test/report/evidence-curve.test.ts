import { Detector, type ReportedDetection } from '@countermark/detector';
import { evidenceCurve } from '@countermark/detector/report';
import { seededRandom } from '@countermark/watermark';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyFrom, randomIds, SCHEMES } from '../support/random-key.ts';

const VOCAB = 60;
const KEYS = SCHEMES.map((scheme) => keyFrom('curve', VOCAB, { scheme, contextWidth: 2 }));

function trace(keyIndex: number, tokenIds: Uint32Array): ReportedDetection {
  const detector = new Detector([KEYS[keyIndex]!], { minTokens: 1 });
  const traced = detector.report(tokenIds);
  detector.close();
  return traced;
}

describe('evidenceCurve', () => {
  it('starts at nothing, ends at the whole document with the raw p-value, and has the points asked for', () => {
    const given = fc.record({
      keyIndex: fc.nat({ max: KEYS.length - 1 }),
      length: fc.integer({ min: 0, max: 300 }),
      points: fc.integer({ min: 1, max: 400 }),
      seed: fc.integer(),
    });
    const check = fc.property(given, ({ keyIndex, length, points, seed }) => {
      const traced = trace(keyIndex, randomIds(seededRandom(seed), length, VOCAB));
      const curve = evidenceCurve(traced, points);
      expect(curve[0]).toEqual({ tokens: 0, log10PValue: 0 });
      expect(curve.at(-1)).toEqual({ tokens: length, log10PValue: traced.detection.log10RawPValue });
      expect(curve).toHaveLength(1 + Math.min(points, length));
      for (const [i, point] of curve.entries()) {
        if (i > 0) expect(point.tokens).toBeGreaterThan(curve[i - 1]!.tokens);
      }
    });
    fc.assert(check, { seed: 1, numRuns: 30 });
  });

  it('has at each point the p-value of the document that ends there', () => {
    const tokenIds = randomIds(seededRandom(1), 200, VOCAB);
    for (const keyIndex of KEYS.keys()) {
      for (const { tokens, log10PValue } of evidenceCurve(trace(keyIndex, tokenIds), 25)) {
        expect(trace(keyIndex, tokenIds.subarray(0, tokens)).detection.log10RawPValue).toBe(log10PValue);
      }
    }
  });

  it.each([0, -1, 1.5, NaN])('refuses %d points', (points) => {
    expect(() => evidenceCurve(trace(0, new Uint32Array(3)), points)).toThrow(
      '"points" expected an integer >= 1',
    );
  });
});
