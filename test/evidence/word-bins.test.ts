import { createWordBins, EvidenceTally } from '@countermark/detector/evidence';
import { type SchemeParams, seededRandom } from '@countermark/watermark';
import { createScheme } from '@countermark/watermark/scheme';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const WORDS = 2 ** 32;
const SCHEMES: readonly SchemeParams[] = [
  { kind: 'gumbel' },
  { kind: 'green-list', gamma: 0.25, delta: 2 },
  { kind: 'green-list', gamma: 0.9, delta: 20 },
  { kind: 'tournament', depth: 1 },
  { kind: 'tournament', depth: 12 },
  { kind: 'tournament', depth: 30 },
];
const word = fc.integer({ min: 0, max: WORDS - 1 });

/** How many words each score has, by multiplying out Π (1 + x^weight) in exact integers. */
function exactScoreCounts(weights: readonly number[]): Map<number, bigint> {
  let counts = new Map([[0, 2n ** BigInt(32 - weights.length)]]);
  for (const weight of weights) {
    const next = new Map<number, bigint>();
    for (const [score, count] of counts) {
      for (const reached of [score, score + weight]) next.set(reached, (next.get(reached) ?? 0n) + count);
    }
    counts = next;
  }
  return counts;
}

describe.each(SCHEMES)('createWordBins($kind $gamma$depth)', (params) => {
  const bins = createWordBins(params);
  const wordCounts = bins.wordCounts();
  const markedLaws = bins.markedLaws();
  // Takes the number of a bin in place of a word.
  const tally = new EvidenceTally({ ...bins, binOf: (place) => place });

  it('counts every word once', () => {
    expect(wordCounts.reduce((sum, count) => sum + BigInt(count), 0n)).toBe(2n ** 32n);
  });

  it('has marked laws that sum to 1', () => {
    // Up to 4,786 terms below 1: their rounding stays below 5,000 · 2^-53.
    for (const law of markedLaws) expect(law.reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(1, 11);
  });

  it('multiplies an e-value by at most 1 on average over all 2^32 words, whatever came before', () => {
    const random = seededRandom(1);
    for (const length of [0, 1, 30, 300]) {
      // Among the pasts are fair ones and ones that look marked.
      for (const power of [1, 0.5]) {
        const past = Uint32Array.from({ length }, () => Math.floor(WORDS * random() ** power));
        const before = log10E(past);
        let mean = 0;
        for (const [bin, count] of wordCounts.entries()) {
          if (count > 0) mean += (count / WORDS) * 10 ** (log10E(past, bin) - before);
        }
        // 2^-40 is taken off on purpose; the powers of ten are off by at most |log10 E| · 2^-52, here below 1e-13.
        expect(mean).toBeLessThan(1 + 1e-13);
        expect(mean).toBeGreaterThan(1 - 2e-12);
      }
    }
  });

  it('multiplies it by more than 1 on average over marked words', () => {
    for (const law of markedLaws) {
      let mean = 0;
      for (const [bin, mass] of law.entries()) if (mass > 0) mean += mass * 10 ** log10E([], bin);
      expect(mean).toBeGreaterThan(1.01);
    }
  });

  /** log10 of the e-value of words, and of one more in a given bin. */
  function log10E(words: ArrayLike<number>, bin?: number): number {
    const places = [...Array.from(words, bins.binOf), ...(bin === undefined ? [] : [bin])];
    tally.reset();
    tally.add(Uint32Array.from(places), places.length);
    return tally.log10EValue();
  }
});

describe('createWordBins(gumbel)', () => {
  const bins = createWordBins({ kind: 'gumbel' });
  const counts = bins.wordCounts();

  it('puts exactly the counted words into each bin: a larger word never has a larger bin, and the ends are right', () => {
    fc.assert(
      fc.property(word, word, (a, b) => bins.binOf(Math.min(a, b)) >= bins.binOf(Math.max(a, b))),
      { seed: 1 },
    );
    let next = WORDS - 1;
    for (const [bin, count] of counts.entries()) {
      if (count === 0) continue;
      expect([next, next - count + 1].map(bins.binOf)).toEqual([bin, bin]);
      next -= count;
    }
    expect(next).toBe(-1);
  });

  it('loses less than 1 % of the evidence to the bins', () => {
    // The growth rate of one token, p = ½ throughout, r = U^½ of density 2r: ∫ 2r ln 2r dr = ln 2 − ½ without bins.
    let binned = 0;
    let w = 0;
    for (const count of counts) {
      if (count === 0) continue;
      const mass = ((w + count) / WORDS) * (2 - (w + count) / WORDS) - (w / WORDS) * (2 - w / WORDS);
      binned += mass * Math.log((mass * WORDS) / count);
      w += count;
    }
    const whole = Math.log(2) - 0.5;
    expect(binned).toBeLessThan(whole);
    expect(binned).toBeGreaterThan(0.99 * whole);
  });
});

describe('createWordBins(green-list)', () => {
  it('separates green words from others at the limit', () => {
    const bins = createWordBins({ kind: 'green-list', gamma: 0.25, delta: 2 });
    expect([0, 2 ** 30 - 1, 2 ** 30, WORDS - 1].map(bins.binOf)).toEqual([1, 1, 0, 0]);
    expect([...bins.wordCounts()]).toEqual([3 * 2 ** 30, 2 ** 30]);
  });

  it('takes the largest share of green tokens that the bias allows', () => {
    const [law] = createWordBins({ kind: 'green-list', gamma: 0.25, delta: 2 }).markedLaws();
    expect(law![1]).toBeCloseTo((0.25 * Math.exp(2)) / (0.75 + 0.25 * Math.exp(2)), 14);
  });
});

describe.each([1, 5, 12, 30])('createWordBins(tournament of depth %d)', (depth) => {
  const { score } = createScheme({ kind: 'tournament', depth });
  const { binOf, ...bins } = createWordBins({ kind: 'tournament', depth });
  const wordCounts = bins.wordCounts();
  const weights = Array.from({ length: depth }, (_, layer) => score(2 ** layer));

  it('counts the words of each bin exactly', () => {
    const binOfScore = new Map<number, number>();
    const random = seededRandom(1);
    // Every score up to depth 12, and the scores of many words beyond.
    for (let i = 0; i < 2 ** 14; i++) {
      const value = depth <= 12 ? i % 2 ** depth : Math.floor(WORDS * random());
      const known = binOfScore.get(score(value));
      if (known !== undefined) expect(binOf(value)).toBe(known);
      binOfScore.set(score(value), binOf(value));
    }
    const counts = exactScoreCounts(weights);
    const least = new Map<number, bigint>();
    for (const [value, bin] of binOfScore) least.set(bin, (least.get(bin) ?? 0n) + counts.get(value)!);
    for (const [bin, count] of least) {
      // Beyond depth 12 scores that no word was met for may be missing.
      if (depth <= 12) expect(BigInt(wordCounts[bin]!)).toBe(count);
      else expect(BigInt(wordCounts[bin]!)).toBeGreaterThanOrEqual(count);
    }
  });
});
