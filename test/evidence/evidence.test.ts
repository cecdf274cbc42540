import { Detector } from '@countermark/detector';
import { createEvidence, createWordBins, type Evidence, EvidenceTally } from '@countermark/detector/evidence';
import { seededRandom } from '@countermark/watermark';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { naiveTokens } from '../support/naive-document.ts';
import { keyFrom, randomIds, SCHEMES } from '../support/random-key.ts';

const VOCAB = 50;

describe.each(SCHEMES)('createEvidence with $kind', (scheme) => {
  const key = keyFrom(1, VOCAB, { scheme, contextWidth: 2 });
  // Few tokens and short contexts: most tuples come again.
  const ids = randomIds(seededRandom(2), 3000, 12);

  it('is the e-value of the words that a naive reading scores', () => {
    const tally = new EvidenceTally(createWordBins(scheme));
    const scored = naiveTokens(key, ids).filter(({ status }) => status === 'scored');
    tally.add(
      Uint32Array.from(scored, ({ words }) => words![0]!),
      scored.length,
    );
    const expected = { log10EValue: tally.log10EValue(), scored: scored.length, total: ids.length };
    expect(withEvidence((evidence) => evidence.update(ids))).toMatchObject(expected);
  });

  it('does not depend on how the tokens are cut into calls, to the last bit', () => {
    const whole = withEvidence((evidence) => evidence.update(ids));
    fc.assert(
      fc.property(fc.array(fc.nat(ids.length), { maxLength: 20 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), ids.length];
        const states = withEvidence((evidence) =>
          places.slice(1).map((end, i) => evidence.update(ids.subarray(places[i], end))),
        );
        expect(states.at(-1)).toEqual({ ...whole, stopped: states.some(({ stopped }) => stopped) });
      }),
      { seed: 1, numRuns: 30 },
    );
  });

  it('is what a detection of the document reports', () => {
    const detector = new Detector([key]);
    const { log10EValue, keys, scored, total } = detector.detect(ids);
    detector.close();
    expect(withEvidence((evidence) => evidence.update(ids))).toMatchObject({ log10EValue, scored, total });
    expect(keys[0]!.log10EValue).toBe(log10EValue);
  });

  it('counts a tuple once, in whichever document', () => {
    const [first, again] = withEvidence((evidence) => {
      const state = evidence.update(ids);
      evidence.startDocument();
      return [state, evidence.update(ids)];
    });
    expect(again).toEqual({ ...first, total: 2 * ids.length });
  });

  function withEvidence<T>(work: (evidence: Evidence) => T): T {
    const evidence = createEvidence(key);
    try {
      return work(evidence);
    } finally {
      evidence.close();
    }
  }
});

describe('createEvidence', () => {
  const key = keyFrom(1, VOCAB, { contextWidth: 2, commonShare: 1, accountShare: 0 });

  it('starts at an e-value of 1', () => {
    const evidence = createEvidence(key);
    expect(evidence.update([])).toEqual({ log10EValue: 0, stopped: false, scored: 0, total: 0 });
    evidence.close();
  });

  it('reads no context across documents', () => {
    const evidence = createEvidence(key);
    expect(evidence.update([1, 2, 3]).scored).toBe(1);
    evidence.startDocument();
    expect(evidence.update([4, 5]).scored).toBe(1);
    expect(evidence.update([6]).scored).toBe(2);
    evidence.close();
  });

  it('stops when the e-value reaches 1/alpha, and stays stopped', () => {
    let stopsLater = 0;
    for (let seed = 0; seed < 20; seed++) {
      const evidence = createEvidence(key, { alpha: 0.9 });
      const states = Array.from(randomIds(seededRandom(seed), 200, VOCAB), (tokenId) =>
        evidence.update([tokenId]),
      );
      evidence.close();
      const reached = states.findIndex(({ log10EValue }) => log10EValue >= -Math.log10(0.9));
      const expected = states.map((_, i) => reached >= 0 && i >= reached);
      expect(states.map(({ stopped }) => stopped)).toEqual(expected);
      if (reached > 0 && states.at(-1)!.log10EValue < 0) stopsLater++;
    }
    // Otherwise nothing was seen of evidence that falls after it had stopped.
    expect(stopsLater).toBeGreaterThan(0);
  });

  it('refuses token ids out of range, and adds nothing then', () => {
    const evidence = createEvidence(key);
    for (const ids of [
      [1, 2, VOCAB],
      [1, 2, 0.5],
      [1, 2, -1],
    ]) {
      expect(() => evidence.update(ids)).toThrow(
        expect.objectContaining({
          code: 'token-out-of-range',
          message: expect.stringContaining('position 2'),
        }),
      );
    }
    expect(evidence.update([1]).total).toBe(1);
    evidence.close();
  });

  it('refuses options out of range, and updates after it was closed', () => {
    expect(() => createEvidence(key, { alpha: 0 })).toThrow('"alpha" expected 0 < alpha < 1, got 0');
    expect(() => createEvidence(key, { alpha: Number.NaN })).toThrow(RangeError);
    expect(() => createEvidence(key, { dedup: 'context' as 'none' })).toThrow('"dedup" expected');
    const evidence = createEvidence(key);
    evidence.close();
    evidence.close();
    expect(() => evidence.update([1, 2, 3])).toThrow(TypeError);
    expect(() => evidence.update([])).toThrow(TypeError);
  });
});

describe('Detector', () => {
  it('reports the mean of the e-values of its keys', () => {
    const keys = [1, 2, 3].map((seed) => keyFrom(seed, VOCAB, { contextWidth: 2 }));
    const detector = new Detector(keys);
    const detection = detector.detect(randomIds(seededRandom(4), 300, VOCAB));
    detector.close();
    const values = detection.keys.map(({ log10EValue }) => 10 ** log10EValue);
    expect(new Set(values).size).toBe(3);
    const mean = values.reduce((sum, value) => sum + value, 0) / 3;
    // Two roundings of a logarithm and a power each: far below 1e-12.
    expect(10 ** detection.log10EValue / mean).toBeCloseTo(1, 12);
  });
});
