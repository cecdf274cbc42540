import { TEXTSEAL_GREEN_LIST, TEXTSEAL_GUMBEL, TEXTSEAL_SYNTHID } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { peerCases } from './peer-vectors.ts';
import { lnBinomialTail, lnGammaTail, normalTail } from './tails.ts';
import { peerPositions, uniquePositions, wordsAt } from './unique-tuples.ts';

const VOCABULARY = 128_256;
const LEVELS = 8191;
const SCALE = 2 ** 20;
const TYPES = ['greenlist', 'gumbelmax', 'synthid', 'synthid-weighted'] as const;
const METHODS = ['none', 'v1', 'v2'] as const;

const PrfCase = z.strictObject({
  params: z.strictObject({ kind: z.literal('prf') }),
  expected: z.array(
    z.strictObject({
      k: z.int(),
      secret_key: z.int(),
      windows: z.array(z.array(z.int())),
      targets: z.array(z.int()),
      uniform: z.array(z.number()),
      binary_025: z.string(),
      binary_05: z.string(),
    }),
  ),
});
const DetectCase = z.strictObject({
  params: z.strictObject({
    watermark_type: z.enum(TYPES),
    ngram: z.int(),
    secret_key: z.int(),
    vocab_size: z.literal(VOCABULARY),
    gamma: z.number(),
    depth: z.int(),
  }),
  inputs: z.strictObject({ input_ids: z.array(z.int()) }),
  expected: z.partialRecord(
    z.templateLiteral([z.enum(METHODS), '/seen_windows=', z.enum(['None', 'set()'])]),
    z.strictObject({
      ntoks: z.int(),
      mask: z.string(),
      scores: z.array(z.number()),
      score_sum: z.number(),
      pvalue: z.number(),
    }),
  ),
  info: z.strictObject({ embedding_strength: z.number() }),
});
type Detect = z.output<typeof DetectCase>;

const CASES = peerCases('textseal_detect', z.union([PrfCase, DetectCase]));
const DETECTED = CASES.filter((each): each is Detect => 'inputs' in each);

function open({ params }: Detect) {
  const { vocab_size: vocabSize, watermark_type: type, ...rest } = params;
  const profile =
    { greenlist: TEXTSEAL_GREEN_LIST, gumbelmax: TEXTSEAL_GUMBEL }[type as string] ?? TEXTSEAL_SYNTHID;
  const config = { watermark_type: type, ...rest, synthid_round_stride: 1 };
  return profile.open(profile.config.parse(config), vocabSize);
}

// The scores by the peer's own scale, from whole words: those of candidates, because some tuples are not scored here.
function peerScores(each: Detect, positions: Uint32Array): number[] {
  const mark = open(each);
  const ids = each.inputs.input_ids;
  const { ngram, depth, watermark_type: type } = each.params;
  const weightSum = type === 'synthid-weighted' ? ((11 * (9 * depth - 9)) / 2 / 9) * depth : depth;
  return Array.from(positions, (position) => {
    const word = new Uint32Array(1);
    const context = Uint32Array.from(ids.slice(position - ngram, position));
    mark.source.candidateWords(context, Uint32Array.of(ids[position]!), 0, word);
    const score = mark.wordScore.score(word[0]!);
    if (type === 'gumbelmax') return score / SCALE;
    return type === 'synthid-weighted' ? (score * depth) / weightSum : score;
  });
}

// P(X > count) + P(X = count) / 2: what the peer calls a p-value.
function midP(count: number, n: number, share: number): number {
  const upper = Math.exp(lnBinomialTail(count, n, share));
  const above = count >= n ? 0 : Math.exp(lnBinomialTail(count + 1, n, share));
  return (upper + above) / 2;
}

function peerPValue({ params }: Detect, sum: number, n: number): number {
  const { watermark_type: type, gamma, depth } = params;
  if (type === 'gumbelmax') return Math.exp(lnGammaTail(sum, n));
  if (type === 'greenlist') return midP(sum, n, gamma);
  if (type === 'synthid') return midP(sum, n * depth, gamma);
  const weights = Array.from({ length: depth }, (_, l) => 10 - (9 * l) / (depth - 1));
  const total = weights.reduce((a, b) => a + b, 0);
  const squares = weights.reduce((a, b) => a + ((b * depth) / total) ** 2, 0);
  return normalTail((sum / n - gamma * depth) / Math.sqrt((gamma * (1 - gamma) * squares) / n));
}

describe('textseal_detect', () => {
  it('has the cases that are read here, and no others', () => {
    expect(DETECTED).toHaveLength(30);
    expect(CASES).toHaveLength(31);
  });

  it('draws the levels of the function', () => {
    for (const { k, secret_key, windows, targets, ...expected } of (CASES[0] as z.output<typeof PrfCase>)
      .expected) {
      const common = { ngram: k, secret_key };
      const gumbel = TEXTSEAL_GUMBEL.open(
        TEXTSEAL_GUMBEL.config.parse({ ...common, watermark_type: 'gumbelmax' }),
        VOCABULARY,
      );
      const green = (gamma: number) =>
        TEXTSEAL_GREEN_LIST.open(
          TEXTSEAL_GREEN_LIST.config.parse({ ...common, watermark_type: 'greenlist', gamma }),
          VOCABULARY,
        );
      const drawn = (mark: typeof gumbel) =>
        windows.map((window, i) => {
          const word = new Uint32Array(1);
          mark.source.candidateWords(Uint32Array.from(window), Uint32Array.of(targets[i]!), 0, word);
          return word[0]!;
        });
      const levels = drawn(gumbel).map((word) => Math.ceil((word * LEVELS) / 2 ** 32));
      expect(levels.map((level) => Math.fround(level / LEVELS))).toEqual(expected.uniform);
      expect(drawn(green(0.25)).join('')).toBe(expected.binary_025);
      expect(drawn(green(0.5)).join('')).toBe(expected.binary_05);
    }
  });

  it.each(DETECTED.map((each, i) => ({ each, name: `${i} ${each.params.watermark_type}` })))(
    '$name',
    ({ each }) => {
      const { ngram, watermark_type: type } = each.params;
      const ids = each.inputs.input_ids;
      for (const [name, expected] of Object.entries(each.expected)) {
        const [method, seen] = name.split('/');
        // Without a set the peer drops nothing, whatever method it is told.
        const inactive = seen === 'seen_windows=None';
        const positions = peerPositions(ids, ngram, inactive ? 'none' : z.enum(METHODS).parse(method));
        const mask = ids.map((_, position) => (positions.includes(position) ? '1' : '0')).slice(ngram + 1);
        expect(mask.join('')).toBe(expected.mask);
        expect(positions).toHaveLength(expected.ntoks);
        const scores = peerScores(each, positions);
        scores.forEach((score, i) => {
          const tolerance = {
            greenlist: 0,
            synthid: 0,
            // Single precision rounds r by 2^-25 there, so 1 − r by a factor, and the logarithm by 2^-22; scores are floored here.
            gumbelmax: 2 ** -24 * Math.exp(score) + 2 ** -20 + 2 ** -21,
            // A sum of 30 numbers below 2 in single precision.
            'synthid-weighted': 2 ** -17,
          }[type];
          expect(Math.abs(score - expected.scores[i]!)).toBeLessThanOrEqual(tolerance);
        });
        // The sums are of double precision there.
        const sum = expected.scores.reduce((a, b) => a + b, 0);
        expect(Math.abs(sum - expected.score_sum)).toBeLessThan(1e-6);
        const p = peerPValue(each, expected.score_sum, expected.ntoks);
        // Weights of single precision move z by less than 1e-6; the other tails agree to 1e-8.
        const relative = type === 'synthid-weighted' ? 1e-5 : 1e-8;
        expect(Math.abs(p - expected.pvalue)).toBeLessThan(relative * p + 1e-12);
      }
    },
  );

  it.each(DETECTED.filter(({ params }) => !params.watermark_type.startsWith('synthid')))(
    'counts each tuple once, from the first with a full context on',
    (each) => {
      const ids = each.inputs.input_ids;
      const { ngram } = each.params;
      const names = ids.map((_, position) => ids.slice(position - ngram, position + 1).join());
      const expected = [...ids.keys()].filter((at) => at >= ngram && names.indexOf(names[at]!, ngram) === at);
      expect([...uniquePositions(open(each), Uint32Array.from(ids))]).toEqual(expected);
    },
  );
});

describe('TEXTSEAL_GREEN_LIST', () => {
  it('knows the share of green levels, which is more than gamma', () => {
    const { nullLaw } = open(DETECTED.find(({ params }) => params.gamma === 0.25)!).wordScore;
    // Levels 0…2047 of 8,191 are below a quarter.
    expect(nullLaw).toEqual({ kind: 'binomial', numerator: Math.ceil((2048 * 2 ** 32) / 8191) });
  });

  it('gives the tail where the peer gives half of it away', () => {
    // 20 of 20 green at a quarter: the smallest value that the peer reports is half of what it happens with.
    const exact = Math.exp(lnBinomialTail(20, 20, 0.5));
    expect(midP(20, 20, 0.5) / exact).toBeCloseTo(0.5, 9);
    // n = 20, 18 green at 1/2: nominal 1.05e-4, true 2.0e-4.
    expect(midP(18, 20, 0.5)).toBeLessThan(0.6 * Math.exp(lnBinomialTail(18, 20, 0.5)));
  });
});

describe('TEXTSEAL_SYNTHID', () => {
  const config = {
    watermark_type: 'synthid',
    secret_key: 12_345,
    ngram: 2,
    depth: 4,
    synthid_round_stride: 1,
  } as const;
  const mark = TEXTSEAL_SYNTHID.open(TEXTSEAL_SYNTHID.config.parse(config), VOCABULARY);

  // Where the words of two tuples are drawn, as numbers q of one line of draws; from the peer's definition.
  const sumOf = (context: readonly number[], tokenId: number) =>
    context[0]! * 10_000_019 + context[1]! * 10_000_247 + tokenId * 100_000_007;

  it('shares layers between neighbouring tokens of one context, as the peer does', () => {
    const words = new Uint32Array(8);
    const ids = Uint32Array.from({ length: 8 }, (_, i) => 500 + i);
    mark.source.candidateWords(Uint32Array.of(7, 9), ids, 0, words);
    for (let i = 0; i < 7; i++) expect(words[i]! >>> 1).toBe(words[i + 1]! & 7);
  });

  it('scores no two tuples that share a draw, and nearly all of the others', () => {
    // Every token of a stretch in one context: positions 2, 5, 8, …
    const tokens = Array.from({ length: 4000 }, (_, i) => 1000 + i);
    const text = Uint32Array.from(tokens.flatMap((tokenId) => [3, 4, tokenId]));
    const draws = new Set<number>();
    let scored = 0;
    for (const position of uniquePositions(mark, text)) {
      if (text[position - 2] !== 3) continue;
      scored++;
      for (let layer = 0; layer < 4; layer++) {
        const at = sumOf([3, 4], text[position]! + layer);
        expect(draws.has(at)).toBe(false);
        draws.add(at);
      }
    }
    // One in each cell of 64.
    expect(scored).toBeGreaterThanOrEqual(4000 / 64 - 1);
    // Of tokens in contexts of their own, all are scored that do not end a cell: 61 of 64, seen at 6,000 of them.
    const apart = Uint32Array.from({ length: 6002 }, (_, i) => (i * 7919) % VOCABULARY);
    const share = uniquePositions(mark, apart).length / 6000;
    expect(Math.abs(share - 61 / 64)).toBeLessThan(4.9 * Math.sqrt((61 * 3) / 64 ** 2 / 6000));
  });

  it.each([TEXTSEAL_GREEN_LIST, TEXTSEAL_SYNTHID])(
    'knows draws that different contexts share: $name',
    (profile) => {
      // 10,000,019 a + 10,000,247 b = 100,000,007 c has many small solutions: this is one.
      const [a, b, c] = smallSolution();
      expect(10_000_019 * a + 10_000_247 * b).toBe(100_000_007 * c);
      const type = profile === TEXTSEAL_GREEN_LIST ? 'greenlist' : 'synthid';
      const opened = profile.open(profile.config.parse({ ...config, watermark_type: type }), VOCABULARY);
      let same = 0;
      for (let t = 50_000; t < 50_100; t++) {
        const text = Uint32Array.of(9000, 60_000, t, 9000 + a, 60_000 + b, t - c);
        const ends = [...uniquePositions(opened, text)].filter(
          (position) => position === 2 || position === 5,
        );
        const words = [text.subarray(0, 3), text.subarray(3)].map((each) => {
          const word = new Uint32Array(1);
          opened.source.candidateWords(each.slice(0, 2), each.slice(2), 0, word);
          return word[0];
        });
        expect(words[0]).toBe(words[1]);
        expect(ends).not.toContain(5);
        same += ends.length;
      }
      // All of them, but for those at the end of a cell.
      expect(same).toBeGreaterThan(90);
    },
  );

  it('gives tuples that are not scored the word 0', () => {
    const text = Uint32Array.from({ length: 1000 }, (_, i) => 40_000 + i);
    const headers = new Uint32Array(4 * 998);
    mark.source.sequenceHeaders(text, headers);
    const unscored = Uint32Array.from({ length: 998 }, (_, i) => i + 2).filter(
      (at) => headers[4 * (at - 2)] !== 0,
    );
    expect(unscored.length).toBeGreaterThan(20);
    expect(wordsAt(mark, text, unscored).every((word) => word === 0)).toBe(true);
    const names = new Set(
      Array.from(unscored, (at) => `${headers[4 * (at - 2) + 2]} ${headers[4 * (at - 2) + 3]! ^ text[at]!}`),
    );
    expect(names.size).toBe(1);
  });
});

// 0 < a, |b|, |c| < 60,000, by trying a.
function smallSolution(): [number, number, number] {
  const modulus = 100_000_007n;
  const power = (base: bigint, exponent: bigint): bigint =>
    exponent === 0n
      ? 1n
      : (power((base * base) % modulus, exponent / 2n) * (exponent % 2n === 0n ? 1n : base)) % modulus;
  // The modulus is prime: the inverse is a power.
  const factor = (10_000_019n * power(10_000_247n, modulus - 2n)) % modulus;
  for (let a = 1; a < 60_000; a++) {
    const rest = Number((BigInt(a) * factor) % modulus);
    for (const b of [-rest, 100_000_007 - rest]) {
      if (Math.abs(b) < 60_000) return [a, b, (10_000_019 * a + 10_000_247 * b) / 100_000_007];
    }
  }
  throw new Error('no small solution');
}
