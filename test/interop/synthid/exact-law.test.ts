/** The law of SynthID-Text's layers over all of their keys: docs/statistics.md section 18.8, by counting every key. */
import { Detector } from '@countermark/detector';
import { bitConvolution, openShiftedLaw } from '@countermark/detector/internal';
import { seededRandom } from '@countermark/watermark';
import { ForeignKey, profileNamed } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { PlainTwister } from '../peer-rules.ts';
import { tableBits } from './reference.ts';
import {
  differentFactor,
  type Fraction,
  log10Product,
  tailOverKeys,
  unknownEndsFactor,
} from './shift-oracle.ts';

const VOCABULARY = 1000;
const NGRAM = 3;
const random = seededRandom('exact law');
// So few tokens that sums are not rounded: the quantum of docs/statistics.md section 14 is 1.
const RANDOM_TEXT = Uint32Array.from({ length: 24 }, () => Math.floor(VOCABULARY * random()));
const COUNTING = Uint32Array.from({ length: 24 }, (_, i) => 7 * i);
const REPEATING = Uint32Array.from({ length: 12 }, (_, i) => i % 4);

// The keys' own range decides what other keys there are.
const FAR_KEYS = ['8314793246219823411', '4218713246219823417', '-6214793246219823913'];
const NEAR_KEYS = [654, 400, 836, 123, 340];

/** Weights that fall from 10 to 1, times the layers less one. */
const weightsOf = (depth: number): number[] =>
  Array.from({ length: depth }, (_, l) => 10 * (depth - 1) - 9 * l);

interface Case {
  readonly keys: readonly (number | string)[];
  readonly text: Uint32Array;
  readonly size: number;
  readonly dedup: 'context-token' | 'none';
}

function detect({ keys, text, size, dedup }: Case) {
  const key = new ForeignKey({
    profile: profileNamed('synthid-hf'),
    config: { keys, ngram_len: NGRAM, sampling_table_size: size },
    vocabSize: VOCABULARY,
  });
  const detector = new Detector([key], { alpha: 0.01, minTokens: 1, dedup });
  const found = detector.detect(text);
  detector.close();
  return found;
}

/** P-value by the peer's own rule: every key of every layer is tried on every n-gram that counts. */
function countedLog10({ keys, text, size, dedup }: Case, factor: Fraction): number {
  const twister = new PlainTwister(0n);
  const table = Array.from({ length: size }, () => twister.word() & 1);
  const seen = new Set<string>();
  const ngrams: number[][] = [];
  for (let at = 0; at + NGRAM <= text.length; at++) {
    const ngram = [...text.subarray(at, at + NGRAM)];
    // What names a draw: its bits under every shift, so under keys 0, 1, …
    const name = tableBits(
      table,
      ngram,
      Array.from({ length: size }, (_, k) => BigInt(k)),
    );
    if (dedup === 'none' || !seen.has(name)) ngrams.push(ngram);
    seen.add(name);
  }
  const onesOf = (key: bigint): number =>
    ngrams.reduce((sum, ngram) => sum + Number(tableBits(table, ngram, [key])), 0);
  const whole = keys.map(BigInt);
  const near = keys === NEAR_KEYS;
  const least = 123n;
  const greatest = 836n;
  const others = near
    ? Array.from({ length: Number(greatest - least) - 1 }, (_, i) => least + 1n + BigInt(i))
    : Array.from({ length: size }, (_, k) => BigInt(k));
  const values = others.map(onesOf);
  const counted = whole.flatMap((key, layer) =>
    near && (key === least || key === greatest) ? [] : [{ key, weight: weightsOf(keys.length)[layer]! }],
  );
  const own = counted.reduce((sum, { key, weight }) => sum + weight * onesOf(key), 0);
  const tail = tailOverKeys(
    counted.map(({ weight }) => ({ weight, values })),
    own,
  );
  return log10Product(tail, factor);
}

const TEXTS = { random: RANDOM_TEXT, 'counted up': COUNTING, repeating: REPEATING };

describe('the exact law of synthid-hf', () => {
  it.each(
    Object.entries(TEXTS).flatMap(([name, text]) =>
      (['context-token', 'none'] as const).flatMap((dedup) => [
        { name, text, dedup, size: 64, keys: FAR_KEYS, of: 'keys of 63 bits' },
        { name, text, dedup, size: 64, keys: NEAR_KEYS, of: 'keys below 1,000' },
      ]),
    ),
  )('is the share of keys that score as much: text $name, dedup $dedup, $of', (each) => {
    const near = each.keys === NEAR_KEYS;
    const { numerator, denominator } = unknownEndsFactor(each.keys.length);
    const different = near ? differentFactor(3, 712n) : differentFactor(0, 1n);
    const factor = {
      numerator: numerator * different.numerator,
      denominator: denominator * different.denominator,
    };
    const found = detect(each);
    expect(found).toMatchObject({ basis: 'layers', layerLaw: { shifts: 64, layers: 3 } });
    expect(found.layerKeys).toBeUndefined();
    const exact = countedLog10(each, factor);
    expect(found.log10RawPValue).toBeCloseTo(exact, 7);
    expect(found.log10RawPValue).toBeGreaterThanOrEqual(exact - 1e-12);
  });

  it('has all 65,536 shifts of the default table', () => {
    const each: Case = { keys: FAR_KEYS, text: RANDOM_TEXT, size: 2 ** 16, dedup: 'context-token' };
    const found = detect(each);
    expect(found.layerLaw).toEqual({ shifts: 2 ** 16, layers: 3 });
    expect(found.log10LeastPValue).toBeCloseTo(-3 * Math.log10(2 ** 16) + log10(unknownEndsFactor(3)), 9);
  });

  it('sees no more keys than lie between the least and the greatest', () => {
    const found = detect({ keys: NEAR_KEYS, text: RANDOM_TEXT, size: 2 ** 16, dedup: 'context-token' });
    expect(found.layerLaw).toEqual({ shifts: 712, layers: 3 });
    expect(found.log10LeastPValue).toBeGreaterThan(-3 * Math.log10(712));
  });

  it('says nothing where two layers are all that there are, and their keys are close together', () => {
    const found = detect({ keys: [5, 9], text: RANDOM_TEXT, size: 2 ** 16, dedup: 'context-token' });
    expect(found).toMatchObject({ verdict: 'inconclusive', log10RawPValue: 0, log10LeastPValue: 0 });
  });

  it('leaves tables of other sizes to random keys', () => {
    const found = detect({ keys: FAR_KEYS, text: RANDOM_TEXT, size: 65_535, dedup: 'context-token' });
    expect(found).toMatchObject({ basis: 'layers', layerKeys: { count: 15 } });
    expect(found.layerLaw).toBeUndefined();
  });
});

function log10({ numerator, denominator }: Fraction): number {
  return Math.log10(Number((numerator * 10n ** 15n) / denominator) / 1e15);
}

describe('bitConvolution', () => {
  it.each([1, 2, 4, 8, 16, 32, 512])('is what its definition says: %i entries', (size) => {
    const bits = Uint8Array.from({ length: size }, () => Math.floor(2 * random()));
    const counts = Float64Array.from({ length: size }, () => Math.floor(1000 * random()));
    const expected = Array.from({ length: size }, (_, k) =>
      counts.reduce((sum, count, j) => sum + count * bits[(k - j + size) % size]!, 0),
    );
    expect([...bitConvolution(bits)(counts)]).toEqual(expected);
  });

  it('is exact for the largest counts, in one place or in all', () => {
    const size = 2 ** 16;
    const bits = Uint8Array.from({ length: size }, () => Math.floor(2 * random()));
    const one = new Float64Array(size);
    one[12_345] = 2 ** 32 - 2 ** 16;
    one[54_321] = 2 ** 16;
    const sums = bitConvolution(bits)(one);
    for (const shift of [0, 1, 12_345, 54_321, 65_535]) {
      const bit = (place: number): number => bits[(shift - place + size) % size]!;
      expect(sums[shift]).toBe((2 ** 32 - 2 ** 16) * bit(12_345) + 2 ** 16 * bit(54_321));
    }
    const ones = bits.reduce((sum, bit) => sum + bit, 0);
    const everywhere = bitConvolution(bits)(new Float64Array(size).fill(2 ** 16));
    expect(everywhere.every((sum) => sum === 2 ** 16 * ones)).toBe(true);
  });

  it('refuses counts that it could not round, and what are no counts', () => {
    const convolve = bitConvolution(Uint8Array.of(1, 0, 1, 1));
    expect(() => convolve(Float64Array.of(2 ** 32, 1, 0, 0))).toThrow('of a sum up to 2^32');
    expect(() => convolve(Float64Array.of(0.5, 0, 0.1, 0))).toThrow('do not add up');
    expect(() => convolve(new Float64Array(8))).toThrow('expected 4');
  });
});

describe('openShiftedLaw', () => {
  it('says that a text with every draw is no evidence', () => {
    const table = Uint8Array.of(1, 0, 0, 1, 1, 0, 1, 0);
    const weights = Uint32Array.of(20, 11, 2);
    const law = openShiftedLaw({ table, counted: [0, 1, 2], ways: undefined, lnFactor: 0 }, weights);
    expect(law.tailLog10(new Float64Array(8).fill(3), [12, 12, 12])).toBe(0);
  });
});
