import { KGW, KGW_HF } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { lnBinomialTail, normalTail, zScore } from '../tails.ts';
import { lastSalt, type OpenMark, wordsFrom } from './seed-marks.ts';
import { HF_DETECT, LMW_DETECT } from './vectors.ts';

/** Words of all tokens that end a window of n tokens, the very first one too where n is 1. */
function windowWords(mark: OpenMark, tokenIds: readonly number[], n: number): number[] {
  // A seed of the token alone does not see what is put before it.
  return n > mark.source.contextWidth
    ? wordsFrom(mark, tokenIds, n - 1)
    : wordsFrom(mark, [0, ...tokenIds], mark.source.contextWidth);
}

/** Tuples of effective seed and token from a position on, in the order of their first occurrence, with their words. */
function distinctTuples(mark: OpenMark, tokenIds: readonly number[], from: number): Map<string, number> {
  const words = wordsFrom(mark, tokenIds, from);
  const tuples = new Map<string, number>();
  for (const [i, word] of words.entries()) {
    const text = tokenIds.slice(0, from + i + 1);
    const tuple = `${lastSalt(mark, text).join()} ${text.at(-1)}`;
    // One draw of the hash has one word.
    expect(tuples.get(tuple) ?? word).toBe(word);
    tuples.set(tuple, word);
  }
  return tuples;
}

function total(words: Iterable<number>): number {
  let sum = 0;
  for (const word of words) sum += word;
  return sum;
}

function ngramKeys(tokenIds: readonly number[], n: number): string[] {
  return Array.from({ length: tokenIds.length - n + 1 }, (_, i) => tokenIds.slice(i, i + n).join());
}

describe('KGW_HF against the detector of transformers', () => {
  const cases = HF_DETECT.map((one, i) => {
    const { vocab_size, bos_token_id, ...config } = one.params;
    const mark = KGW_HF.open(KGW_HF.config.parse(config), vocab_size);
    const { input_ids } = one.inputs;
    const tokenIds = input_ids[0] === bos_token_id ? input_ids.slice(1) : input_ids;
    const words = windowWords(mark, tokenIds, one.info.n);
    return { ...one, name: `${i}: ${Object.values(config).join(' ')}`, mark, tokenIds, words };
  });

  it.each(cases)('counts the same green tokens, $name', ({ words, params, expected, info }) => {
    const peer = expected['ignore_repeated_ngrams=false'];
    expect(words.length).toBe(peer.num_tokens_scored);
    expect(words.length).toBe(info.ngrams);
    expect(total(words)).toBe(peer.num_green_tokens);
    expect(total(words) / words.length).toBe(peer.green_fraction);
    const z = zScore(peer.num_green_tokens, peer.num_tokens_scored, params.greenlist_ratio);
    // Two more roundings of doubles, at most, in the peer's order of operations.
    expect(Math.abs(z - peer.z_score)).toBeLessThan(1e-12);
    expect(peer.prediction).toBe(z > 3);
  });

  it.each(cases)('counts a repeated tuple once, which the peer does not, $name', (one) => {
    const { mark, tokenIds, expected, info } = one;
    // The peer's counter is keyed by tensor objects, so nothing is ever repeated.
    expect(expected['ignore_repeated_ngrams=true']).toEqual(expected['ignore_repeated_ngrams=false']);
    const ngrams = new Set(ngramKeys(tokenIds, info.n));
    expect(ngrams.size).toBe(info.distinct_ngrams);
    expect(ngrams.size).toBeLessThan(info.ngrams);
    const text = info.n === 1 ? [0, ...tokenIds] : tokenIds;
    const tuples = distinctTuples(mark, text, Math.max(1, info.n - 1));
    // An n-gram has one seed, but several n-grams may share it: never the other way about.
    expect(tuples.size).toBeLessThanOrEqual(ngrams.size);
    if (info.n <= 2) expect(tuples.size).toBe(ngrams.size);
  });

  it.each(cases)(
    'does not repeat the p-value: it lacks a square root, and is too small where it matters, $name',
    (one) => {
      const peer = one.expected['ignore_repeated_ngrams=false'];
      const z = peer.z_score;
      const written = 1 - 0.5 * (1 + Math.sign(z) * (1 - Math.exp((-2 * z ** 2) / Math.PI)));
      expect(Math.abs(written - peer.p_value)).toBeLessThan(1e-15);
      const right = 0.5 * (1 - Math.sign(z) * Math.sqrt(1 - Math.exp((-2 * z ** 2) / Math.PI)));
      // Pólya's approximation of the normal tail, whose error is 0.003 at most: in the far tail it says nothing either.
      expect(Math.abs(right - normalTail(z))).toBeLessThan(0.0032);
      if (z > 4) {
        const exact = Math.exp(
          lnBinomialTail(peer.num_green_tokens, peer.num_tokens_scored, one.params.greenlist_ratio),
        );
        expect(peer.p_value).toBeLessThan(exact / 1.5);
      }
    },
  );

  it('has cases with z above 4 and above 8, where the peer’s p-value is 0', () => {
    const scores = cases.map(({ expected }) => expected['ignore_repeated_ngrams=false']);
    expect(scores.filter(({ z_score }) => z_score > 4).length).toBeGreaterThan(4);
    const strong = scores.filter(({ z_score }) => z_score > 8);
    expect(strong.length).toBeGreaterThan(0);
    for (const { p_value } of strong) expect(p_value).toBeLessThan(1e-16);
  });
});

// The peer's windows are float32: a few roundings of 2^-24 each, of numbers below 100.
const SINGLE = 1e-5;

describe('KGW against the detector of lm-watermarking', () => {
  const cases = LMW_DETECT.map((one, i) => {
    const { vocab_size, z_threshold, ...config } = one.params;
    const parsed = KGW.config.parse(config);
    const mark = KGW.open(parsed, vocab_size);
    const n = mark.source.contextWidth + 1;
    const words = wordsFrom(mark, one.inputs.input_ids, n - 1);
    const ngrams = ngramKeys(one.inputs.input_ids, n);
    return { ...one, name: `${i}: ${Object.values(config).join(' ')}`, mark, n, words, ngrams };
  });
  const modes = [true, false] as const;
  const each = cases.flatMap((one) =>
    modes.map((ignore) => {
      const firsts = one.ngrams.map((ngram, i) => !ignore || one.ngrams.indexOf(ngram) === i);
      return {
        ...one,
        title: `${one.name}, ignore_repeated_ngrams=${ignore}`,
        peer: one.expected[`ignore_repeated_ngrams=${ignore}`],
        firsts,
        counted: one.words.filter((_, i) => firsts[i]),
      };
    }),
  );

  it.each(each)('says the same of a whole text, $title', ({ words, counted, firsts, params, peer }) => {
    expect(words.join('')).toBe(peer.green_token_mask);
    expect(counted.length).toBe(peer.num_tokens_scored);
    expect(total(counted)).toBe(peer.num_green_tokens);
    expect(total(counted) / counted.length).toBe(peer.green_fraction);
    const z = zScore(total(counted), counted.length, params.gamma);
    expect(Math.abs(z - peer.z_score)).toBeLessThan(1e-12);
    expect(Math.abs(normalTail(z) / peer.p_value - 1)).toBeLessThan(1e-8);
    expect(peer.prediction).toBe(z > params.z_threshold ? 1 : 0);
    expect(peer.confidence === undefined).toBe(peer.prediction === 0);
    if (peer.confidence !== undefined) expect(peer.confidence).toBe(1 - peer.p_value);
    // The curve of z: at a repeat it stays where it was.
    expect(peer.z_score_at_T.length).toBe(words.length);
    let scored = 0;
    let green = 0;
    for (const [i, word] of words.entries()) {
      if (firsts[i]) {
        scored++;
        green += word;
      }
      expect(Math.abs(zScore(green, scored, params.gamma) - peer.z_score_at_T[i]!)).toBeLessThan(SINGLE);
    }
  });

  it.each(each)('finds the same windows, $title', ({ counted, params, peer }) => {
    const sizes = {
      max: Array.from({ length: counted.length - 1 }, (_, i) => i + 1),
      '20': [20],
      '10,25,60': [10, 25, 60],
    };
    for (const name of ['max', '20', '10,25,60'] as const) {
      const window = peer.windows[name];
      const best = bestWindow(counted, sizes[name], params.gamma);
      expect(Math.abs(best.z - window.z_score)).toBeLessThan(SINGLE);
      // Windows of equal z are told apart by the roundings of float32; this one's z must still be the best.
      const size = window.num_tokens_scored;
      expect(sizes[name]).toContain(size);
      expect(Math.abs(bestWindow(counted, [size], params.gamma).z - best.z)).toBeLessThan(SINGLE);
      // The peer's count truncates a float32, and may be one too low.
      const green = bestWindow(counted, [size], params.gamma).green;
      expect([green, green - 1]).toContain(window.num_green_tokens);
      expect(window.green_fraction).toBe(window.num_green_tokens / size);
      // d log p / dz is at most z + 1.
      const slack = SINGLE * (Math.abs(best.z) + 1) + 1e-8;
      expect(Math.abs(Math.log(normalTail(window.z_score) / window.p_value))).toBeLessThan(slack);
      expect(window.prediction).toBe(window.z_score > params.z_threshold ? 1 : 0);
      expect(window.confidence === undefined).toBe(window.prediction === 0);
      if (window.confidence !== undefined) {
        expect(Math.abs(window.confidence - (1 - window.p_value))).toBeLessThan(1e-12);
      }
    }
  });

  it('does not repeat the p-value of WinMax, which forgets how many windows were tried', () => {
    const unmarked = each.filter(({ info }) => info.embedding_strength === 0);
    expect(unmarked.length).toBeGreaterThan(9);
    for (const { counted, params, peer } of unmarked) {
      // Every text here is a false alarm at 5 %, and the peer's own note says that most are at 1 %.
      expect(peer.windows.max.p_value).toBeLessThan(0.05);
      let windows = 0;
      let least = 1;
      for (let size = 1; size < counted.length; size++) {
        const { green } = bestWindow(counted, [size], params.gamma);
        least = Math.min(least, Math.exp(lnBinomialTail(green, size, params.gamma)));
        windows += counted.length - size + 1;
      }
      // Valid: an exact tail of each, times the windows tried.
      expect(Math.min(1, least * windows)).toBeGreaterThan(0.05);
    }
  });

  it('scores no tuple twice, which n-grams alone do not see to', () => {
    for (const { mark, inputs, n, ngrams } of cases) {
      const tuples = distinctTuples(mark, inputs.input_ids, n - 1);
      expect(tuples.size).toBeLessThanOrEqual(new Set(ngrams).size);
    }
    const shared = cases.filter(
      ({ mark, inputs, n, ngrams }) =>
        distinctTuples(mark, inputs.input_ids, n - 1).size < new Set(ngrams).size,
    );
    expect(new Set(shared.map(({ params }) => params.seeding_scheme))).toContain('selfhash');
  });
});

/** The window of the largest z, of the first size where several have it. */
function bestWindow(
  words: readonly number[],
  sizes: readonly number[],
  share: number,
): { z: number; green: number } {
  let best = { z: -Infinity, green: 0 };
  for (const size of sizes) {
    if (size > words.length) continue;
    let green = total(words.slice(0, size));
    let most = green;
    for (let end = size; end < words.length; end++) {
      green += words[end]! - words[end - size]!;
      most = Math.max(most, green);
    }
    const z = zScore(most, size, share);
    if (z > best.z) best = { z, green: most };
  }
  return best;
}
