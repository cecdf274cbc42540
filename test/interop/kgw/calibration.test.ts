/**
 * False positives of KGW's marks under random keys, on unmarked text that repeats itself as text does.
 *
 * The text is fixed and the key is random, as the null hypothesis has it; each key has its own p-value.
 */
import { KGW, KGW_HF } from '@countermark/watermark/interop';
import { beforeAll, describe, expect, it } from 'vitest';
import { lnBinomialTail } from '../tails.ts';
import type { OpenMark } from './seed-marks.ts';

const VOCABULARY = 512;
const SHARE = 0.25;
const LENGTH = 2000;
// Few enough for windows to share their least hash, many enough for nearly all n-grams to be new.
const TYPES = 16;
const LEVELS = [0.1, 0.05, 0.01];

/** Uniform numbers in [0, 1). Source: mulberry32, Tommy Ettinger, 2017. */
function seededUniform(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let word = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Token ids whose frequencies fall as 1 / rank, as those of words do. */
function zipfText(seed: number): Uint32Array {
  const uniform = seededUniform(seed);
  return Uint32Array.from({ length: LENGTH }, () => Math.floor((TYPES + 1) ** uniform()) - 1);
}

interface Counts {
  readonly scored: number;
  readonly green: number;
}

/** Counts green tokens, each name once. */
function countOnce(words: Uint32Array, nameAt: (i: number) => string): Counts {
  const names = new Set<string>();
  let green = 0;
  for (const [i, word] of words.entries()) {
    const name = nameAt(i);
    if (names.has(name)) continue;
    names.add(name);
    green += word;
  }
  return { scored: names.size, green };
}

/** Counts a text's green tokens by tuples of effective seed and token, and by n-grams. */
function count({ source }: OpenMark, text: Uint32Array): { byTuple: Counts; byNgram: Counts } {
  const width = source.contextWidth;
  const headers = new Uint32Array(4 * (text.length - width));
  source.sequenceHeaders(text, headers);
  const positions = Uint32Array.from({ length: text.length - width }, (_, i) => width + i);
  const words = new Uint32Array(positions.length);
  source.sequenceWords(text, positions, new Uint8Array(positions.length), words);
  return {
    byTuple: countOnce(
      words,
      (i) => `${headers[4 * i + 2]} ${(headers[4 * i + 3]! ^ text[width + i]!) >>> 0}`,
    ),
    byNgram: countOnce(words, (i) => text.subarray(i, i + width + 1).join()),
  };
}

/** Shares of keys whose p-value is at most each of {@link LEVELS}. */
function falsePositives(
  openRandom: (key: number) => OpenMark,
  keys: number,
): Record<'byTuple' | 'byNgram', number[]> {
  const uniform = seededUniform(1);
  const pValues: Record<'byTuple' | 'byNgram', number[]> = { byTuple: [], byNgram: [] };
  for (let i = 0; i < keys; i++) {
    const mark = openRandom(1 + Math.floor(uniform() * 2 ** 52));
    const counts = count(mark, zipfText(i));
    mark.source.close();
    for (const way of ['byTuple', 'byNgram'] as const) {
      const { scored, green } = counts[way];
      pValues[way].push(Math.exp(lnBinomialTail(green, scored, SHARE)));
    }
  }
  const rates = (values: readonly number[]): number[] =>
    LEVELS.map((level) => values.filter((p) => p <= level).length / keys);
  return { byTuple: rates(pValues.byTuple), byNgram: rates(pValues.byNgram) };
}

/** What a rate may be by chance: one in a million is beyond it. */
function limit(level: number, keys: number): number {
  return level + 4.9 * Math.sqrt((level * (1 - level)) / keys);
}

describe.each([
  {
    name: 'selfhash of lm-watermarking',
    keys: 150,
    broken: true,
    open: (key: number) =>
      KGW.open(KGW.config.parse({ seeding_scheme: 'selfhash', gamma: SHARE, hash_key: key }), VOCABULARY),
  },
  {
    name: 'minhash of lm-watermarking',
    keys: 150,
    broken: true,
    open: (key: number) =>
      KGW.open(KGW.config.parse({ seeding_scheme: 'minhash', gamma: SHARE, hash_key: key }), VOCABULARY),
  },
  {
    name: 'selfhash of transformers',
    // Each key draws a table of a million entries.
    keys: 60,
    broken: true,
    open: (key: number) =>
      KGW_HF.open(
        KGW_HF.config.parse({
          seeding_scheme: 'selfhash',
          context_width: 4,
          greenlist_ratio: SHARE,
          hashing_key: key,
        }),
        VOCABULARY,
      ),
  },
  {
    name: 'lefthash of transformers',
    keys: 150,
    broken: false,
    open: (key: number) =>
      KGW_HF.open(KGW_HF.config.parse({ greenlist_ratio: SHARE, hashing_key: key }), VOCABULARY),
  },
])('$name', ({ open, keys, broken }) => {
  let rates: ReturnType<typeof falsePositives> = { byTuple: [], byNgram: [] };

  beforeAll(() => {
    rates = falsePositives(open, keys);
  }, 300_000);

  it('has no more false positives than its level where a tuple of effective seed and token counts once', () => {
    for (const [i, level] of LEVELS.entries()) {
      expect(rates.byTuple[i]!, `at ${level}`).toBeLessThanOrEqual(limit(level, keys));
    }
  });

  if (broken) {
    it('has more where n-grams count once', () => {
      expect(rates.byNgram.at(-1)!).toBeGreaterThan(limit(LEVELS.at(-1)!, keys));
    });
  } else {
    it('has one n-gram for each tuple', () => {
      expect(rates.byNgram).toEqual(rates.byTuple);
    });
  }
});
