import { DetectorError } from '@countermark/detector';
import { ThresholdSample, type ThresholdSampleOptions } from '@countermark/detector/corpus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

interface Entry {
  readonly low: number;
  readonly high: number;
}

// High words with few bits: many leading zeros, so that levels rise within a few dozen entries; and the same ones again.
const entry: fc.Arbitrary<Entry> = fc.record({
  low: fc.nat(7),
  high: fc.tuple(fc.nat(0xffffffff), fc.nat(32)).map(([bits, zeros]) => (zeros === 32 ? 0 : bits >>> zeros)),
});
const entries = fc.array(entry, { maxLength: 120 });
const options: fc.Arbitrary<ThresholdSampleOptions> = fc.record({
  size: fc.integer({ min: 20, max: 60 }),
  level: fc.nat(3),
});
const RUNS = { seed: 1, numRuns: 300 };

/** A word that a tuple always has: of its fingerprint, as a tuple's is of the tuple. */
function wordOf({ low, high }: Entry): number {
  return Math.imul(low + 1, high ^ 0x9e3779b9) >>> 0;
}

function sampleOf(list: readonly Entry[], how: ThresholdSampleOptions): ThresholdSample {
  const sample = new ThresholdSample(how);
  for (const one of list) sample.add(one.low, one.high, wordOf(one));
  return sample;
}

function read(sample: ThresholdSample, how: ThresholdSampleOptions): ThresholdSample {
  return ThresholdSample.fromBytes(sample.toBytes(), { ...how, level: sample.level });
}

/** The sample by its definition: the lowest level from the first on at which no more than `size` different entries are left. */
function defined(list: readonly Entry[], { size = 0, level = 0 }: ThresholdSampleOptions) {
  const all = [...new Map(list.map((one) => [`${one.low} ${one.high}`, one])).values()].filter(
    ({ low, high }) => low !== 0 || high !== 0,
  );
  for (let at = level; ; at++) {
    const kept = all.filter(({ high }) => Math.clz32(high) >= at);
    if (kept.length <= size) return { level: at, kept };
  }
}

describe('ThresholdSample', () => {
  it('keeps what its definition says', () => {
    fc.assert(
      fc.property(entries, options, (list, how) => {
        const sample = sampleOf(list, how);
        const { level, kept } = defined(list, how);
        expect(sample.level).toBe(level);
        expect(sample.size).toBe(kept.length);
        for (const one of kept) expect(sample.valueOf(one.low, one.high)).toBe(wordOf(one));
        expect([...sample.values()].sort()).toEqual(kept.map(wordOf).sort());
      }),
      RUNS,
    );
  });

  it('gives the same bytes in every order, however often a thing comes, and however it is cut into shards', () => {
    const cut = entries.chain((list) =>
      fc.record({
        list: fc.constant(list),
        again: fc.shuffledSubarray(list),
        order: fc.shuffledSubarray(list, { minLength: list.length }),
        shards: fc.array(fc.nat(3), { minLength: list.length, maxLength: list.length }),
        merging: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
      }),
    );
    fc.assert(
      fc.property(cut, options, ({ list, again, order, shards, merging }, how) => {
        const whole = sampleOf(list, how);
        const repeated = sampleOf([...order, ...again], how);
        const union = new ThresholdSample(how);
        for (const shard of merging) {
          union.merge(
            read(
              sampleOf(
                order.filter((_, i) => shards[i] === shard),
                how,
              ),
              how,
            ),
          );
        }
        for (const other of [repeated, union]) {
          expect(other.level).toBe(whole.level);
          expect(other.toBytes()).toEqual(whole.toBytes());
        }
      }),
      RUNS,
    );
  });

  it('tells of each entry that a merge brings and keeps once, and of none that was there', () => {
    fc.assert(
      fc.property(entries, entries, options, (one, two, how) => {
        const sample = sampleOf(one, how);
        const before = new Set(one.map(({ low, high }) => `${low} ${high}`));
        const told: number[] = [];
        sample.merge(sampleOf(two, how), (value) => told.push(value));
        const fresh = defined([...one, ...two], how).kept.filter(
          ({ low, high }) => !before.has(`${low} ${high}`),
        );
        // What is there in the end and was not before has been told; more may have been, which a higher level dropped.
        const rest = [...told];
        for (const value of fresh.map(wordOf)) {
          expect(rest).toContain(value);
          rest.splice(rest.indexOf(value), 1);
        }
      }),
      RUNS,
    );
  });

  it('chooses by fingerprints alone: other words, the same choice', () => {
    fc.assert(
      fc.property(entries, fc.array(fc.nat(0xffffffff), { minLength: 120 }), options, (list, words, how) => {
        const other = new ThresholdSample(how);
        for (const [i, { low, high }] of list.entries()) other.add(low, high, words[i] ?? 0);
        const chosen = (sample: ThresholdSample): Uint8Array => sample.toBytes().filter((_, i) => i % 12 < 8);
        expect(chosen(other)).toEqual(chosen(sampleOf(list, how)));
      }),
      RUNS,
    );
  });

  it('adds values up where it is told to: how often each entry came', () => {
    const sample = new ThresholdSample({ combine: (a, b) => a + b });
    for (const low of [1, 2, 2, 3, 3, 3]) sample.add(low, 5, 1);
    const other = new ThresholdSample({ combine: (a, b) => a + b });
    other.merge(sample);
    other.merge(sample);
    expect([1, 2, 3, 4].map((low) => other.valueOf(low, 5))).toEqual([2, 4, 6, undefined]);
  });

  it('is read as it was written, and written in ascending order', () => {
    fc.assert(
      fc.property(entries, options, (list, how) => {
        const sample = sampleOf(list, how);
        const bytes = sample.toBytes();
        expect(read(sample, how).toBytes()).toEqual(bytes);
        const view = new DataView(bytes.buffer);
        const keys = Array.from({ length: sample.size }, (_, i) => view.getBigUint64(12 * i, true));
        expect(keys).toEqual([...keys].sort((a, b) => (a < b ? -1 : 1)));
      }),
      RUNS,
    );
  });

  it('refuses bytes that are no sample of the level and size', () => {
    const sample = new ThresholdSample({ level: 2 });
    for (let i = 0; i < 40; i++) sample.add(i, 0x3fffffff - 1000 * i, i);
    const bytes = sample.toBytes();
    const swapped = Uint8Array.from([
      ...bytes.subarray(12, 24),
      ...bytes.subarray(0, 12),
      ...bytes.subarray(24),
    ]);
    const twice = Uint8Array.from([...bytes.subarray(0, 12), ...bytes.subarray(0, 12)]);
    const zero = new Uint8Array(12);
    const refused: [string, Uint8Array, ThresholdSampleOptions][] = [
      ['cut short', bytes.subarray(0, bytes.length - 1), { level: 2 }],
      ['out of order', swapped, { level: 2 }],
      ['an entry twice', twice, { level: 2 }],
      ['the fingerprint 0', zero, { level: 0 }],
      ['of a lower level', bytes, { level: 3 }],
      ['of more entries', bytes, { level: 2, size: 39 }],
    ];
    for (const [what, given, how] of refused) {
      expect(() => ThresholdSample.fromBytes(given, how), what).toThrow(DetectorError);
      expect(() => ThresholdSample.fromBytes(given, how), what).toThrow(/not a sample/);
    }
    expect(ThresholdSample.fromBytes(bytes, { level: 2, size: 40 }).size).toBe(40);
  });

  it('refuses options out of range', () => {
    for (const size of [0, 1.5, 2 ** 24 + 1]) expect(() => new ThresholdSample({ size })).toThrow(/"size"/);
    for (const level of [-1, 0.5, 33]) expect(() => new ThresholdSample({ level })).toThrow(/"level"/);
  });
});
