import { TorchRandom } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import {
  firstDraws,
  normalLaw,
  normalTail,
  openHf,
  openText,
  scoreDraws,
  splitMix,
  zipfText,
} from './null.ts';

const SIZE = 2 ** 16;
const MULTIPLIER = 6364136223846793005n;
const WEIGHTS = Array.from({ length: 30 }, (_, layer) => 290 - 9 * layer);

const TEXTS: readonly (readonly [string, number, Uint32Array])[] = [
  ['20,000 Zipf ids, n-grams of 5', 5, zipfText(20_000, 50_257, 11n)],
  ['20,000 Zipf ids, n-grams of 2', 2, zipfText(20_000, 50_257, 12n)],
  ['500 Zipf ids', 5, zipfText(500, 50_257, 13n)],
  ['5,000 ids that count up', 3, Uint32Array.from({ length: 5000 }, (_, i) => i)],
  [
    '5,000 ids, every other one the same',
    2,
    Uint32Array.from({ length: 5000 }, (_, i) => (i % 2 === 0 ? 17 : i)),
  ],
  [
    '20,000 ids of a line repeated with a number',
    5,
    Uint32Array.from({ length: 20_000 }, (_, i) => (i % 10 === 0 ? i : (i % 10) * 997)),
  ],
];

// Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8 (2003): 16 of its 32 bits.
function offsets(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 8) & (SIZE - 1);
  };
}

describe('the null law of SYNTHID_HF under random keys', () => {
  it.each(TEXTS.flatMap((text) => [0, 3].map((seed) => [...text, seed] as const)))(
    'gives valid p-values: %s; %#',
    (_name, ngramLength, text, seed) => {
      const random = new TorchRandom(seed);
      const table = Uint8Array.from({ length: SIZE }, () => random.randInt(0, 2));
      const ones = table.reduce((sum, bit) => sum + bit, 0);
      // With keys that are independent and uniform mod 2^16, each layer reads the table at one set of places, moved by a uniform
      // offset of its own: its sum is a draw from the sums over all 2^16 offsets, which are counted here, all of them.
      const places = new Set<number>();
      for (let start = 0; start + ngramLength <= text.length; start++) {
        let hash = 1n;
        for (const id of text.subarray(start, start + ngramLength))
          hash = (hash + BigInt(id)) * MULTIPLIER + 1n;
        places.add(Number(BigInt.asUintN(16, hash * MULTIPLIER)));
      }
      const twice = Uint8Array.from({ length: 2 * SIZE }, (_, i) => table[i % SIZE]!);
      const sums = new Uint16Array(SIZE);
      for (const place of places) {
        for (let offset = 0; offset < SIZE; offset++) sums[offset]! += twice[place + offset]!;
      }
      const draws = places.size;
      expect(sums.reduce((sum, value) => sum + value, 0)).toBe(draws * ones);
      const variance = sums.reduce((sum, value) => sum + (value - (draws * ones) / SIZE) ** 2, 0) / SIZE;
      const share = ones / SIZE;
      // Distinct draws vary less than independent ones unless the places and the table happen to fit: not in these texts.
      expect(variance).toBeLessThan(draws * share * (1 - share));
      const law = normalLaw(WEIGHTS, share, draws);
      const offset = offsets(101 + seed);
      const keys = 100_000;
      const levels = [0.1, 0.01, 0.001];
      const hits = levels.map(() => 0);
      for (let i = 0; i < keys; i++) {
        let score = 0;
        for (const weight of WEIGHTS) score += weight * sums[offset()]!;
        const pValue = normalTail((score - law.mean) / law.deviation);
        for (const [at, level] of levels.entries()) if (pValue <= level) hits[at]!++;
      }
      for (const [at, level] of levels.entries()) {
        const bound = level + law.error + 4.9 * Math.sqrt((level * (1 - level)) / keys);
        expect(hits[at]! / keys).toBeLessThanOrEqual(bound);
      }
    },
  );

  it('gives what the source gives, key by key', () => {
    const next = splitMix(21n);
    const text = TEXTS[0]![2];
    const settings = { ngram_len: 5, sampling_table_seed: 3 };
    const draws = firstDraws(openHf(30, next, settings), text);
    const keys = 300;
    const { nullMean, nullDeviation } = openHf(30, next, settings).wordScore;
    const zScores = Array.from(
      { length: keys },
      () =>
        (scoreDraws(openHf(30, next, settings), text, draws) - draws.length * nullMean) /
        (nullDeviation * Math.sqrt(draws.length)),
    );
    const mean = zScores.reduce((sum, z) => sum + z, 0) / keys;
    expect(Math.abs(mean)).toBeLessThan(4.9 / Math.sqrt(keys));
    // Draws without replacement: 1 − (n − 1) / (2^16 − 1) of the variance, give or take the table's own chance (1 / 256).
    const expected = 1 - (draws.length - 1) / (SIZE - 1);
    const square = zScores.reduce((sum, z) => sum + z * z, 0) / keys;
    expect(Math.abs(square - expected)).toBeLessThan(expected * 4.9 * Math.sqrt(2 / keys) + 5 / 256);
  });
});

describe('the null law of SYNTHID_TEXT under random keys', () => {
  it.each(TEXTS)('gives valid p-values: %s', (_name, ngramLength, whole) => {
    const text = whole.subarray(0, 2000);
    const next = splitMix(31n);
    const draws = firstDraws(openText(30, next, ngramLength), text);
    const law = normalLaw(WEIGHTS, 1 / 2, draws.length);
    const keys = 500;
    const pValues = Array.from({ length: keys }, () =>
      normalTail((scoreDraws(openText(30, next, ngramLength), text, draws) - law.mean) / law.deviation),
    );
    for (const level of [0.1, 0.01]) {
      const hits = pValues.filter((p) => p <= level).length / keys;
      const bound = level + law.error + 4.9 * Math.sqrt((level * (1 - level)) / keys);
      expect(hits).toBeLessThanOrEqual(bound);
      if (level === 0.1) expect(hits).toBeGreaterThanOrEqual(2 * level - bound);
    }
  });
});
