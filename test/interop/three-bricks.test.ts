import { TwisterWord } from '@countermark/watermark/internal';
import {
  THREE_BRICKS_GREEN_LIST,
  THREE_BRICKS_GUMBEL,
  type ThreeBricksMark,
  TorchRandom,
} from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { peerCases } from './peer-vectors.ts';
import { lnBinomialTail, lnGammaTail, normalTail } from './tails.ts';
import { peerPositions, uniquePositions, wordsAt } from './unique-tuples.ts';

const SCALE = 2 ** 20;
const Integer = z.union([z.number(), z.literal('NaN')]);
const MethodName = z.templateLiteral([z.enum(['none', 'v1', 'v2']), '/payload_max=', z.enum(['0', '3'])]);

const DetectCase = z.strictObject({
  params: z.strictObject({
    detector: z.enum(['MarylandDetector', 'MarylandDetectorZ', 'OpenaiDetector', 'OpenaiDetectorZ']),
    vocab_size: z.int(),
    ngram: z.int(),
    seed: z.int(),
    salt_key: z.int(),
    seeding: z.literal('hash'),
    gamma: z.number().optional(),
  }),
  inputs: z.strictObject({ input_ids: z.array(z.int()) }),
  expected: z.strictObject({
    seeds_first5: z.array(z.string()).length(5),
    by_method: z.partialRecord(
      MethodName,
      z.strictObject({
        ntoks: z.int(),
        score_sum: z.array(z.number()),
        pvalues: z.array(Integer),
        scores: z.union([z.string(), z.array(z.number())]).optional(),
      }),
    ),
  }),
  info: z.strictObject({ embedding_strength: z.number() }),
});
const PValueCase = z.strictObject({
  params: z.strictObject({ kind: z.literal('pvalue_functions'), eps: z.literal(1e-200) }),
  expected: z.array(
    z.discriminatedUnion('fn', [
      z.strictObject({
        fn: z.literal('maryland_binomial'),
        gamma: z.number(),
        score: z.int(),
        ntoks: z.int(),
        p: Integer,
      }),
      z.strictObject({ fn: z.literal('openai_gamma'), score: z.number(), ntoks: z.int(), p: z.number() }),
    ]),
  ),
});
type Detect = z.output<typeof DetectCase>;

const CASES = peerCases('three_bricks_detect', z.union([DetectCase, PValueCase]));
const DETECTED = CASES.filter((each): each is Detect => 'inputs' in each);

function open({ params }: Detect, payload = 0): ThreeBricksMark {
  const { vocab_size: vocabSize, ...config } = params;
  const profile = params.detector.startsWith('Maryland') ? THREE_BRICKS_GREEN_LIST : THREE_BRICKS_GUMBEL;
  return profile.open(profile.config.parse({ ...config, payload }), vocabSize);
}

// What the peer makes of a score sum; the Z detectors by a normal approximation.
function peerPValue({ params }: Detect, sum: number, n: number): number {
  const { detector, gamma = 0 } = params;
  if (detector === 'MarylandDetector') return Math.exp(lnBinomialTail(sum, n, gamma));
  if (detector === 'OpenaiDetector') return Math.exp(lnGammaTail(sum, n));
  if (detector === 'MarylandDetectorZ')
    return normalTail((sum - gamma * n) / Math.sqrt(n * gamma * (1 - gamma)));
  // pi / sqrt(6) is the spread of a Gumbel variable; these scores are exponential, of spread 1.
  return normalTail(((sum / n - 1) / (Math.PI / Math.sqrt(6))) * Math.sqrt(n));
}

describe('three_bricks_detect', () => {
  it('has the cases that are read here, and no others', () => {
    expect(DETECTED).toHaveLength(84);
    expect(CASES).toHaveLength(85);
  });

  it.each(DETECTED.map((each, i) => ({ each, name: `${i} ${each.params.detector}` })))(
    '$name',
    ({ each }) => {
      const { ngram } = each.params;
      const ids = each.inputs.input_ids;
      const tokenIds = Uint32Array.from(ids);
      const mark = open(each);
      for (const [name, expected] of Object.entries(each.expected.by_method)) {
        const method = z.enum(['none', 'v1', 'v2']).parse(name.split('/')[0]);
        const positions = peerPositions(ids, ngram, method);
        expect(positions).toHaveLength(expected.ntoks);
        const words = wordsAt(mark, tokenIds, positions);
        const scores = Array.from(words, (word) => mark.wordScore.score(word));
        const sums = mark.payloads(tokenIds, positions, expected.score_sum.length);
        if (mark.wordScore.nullLaw.kind === 'drawn-lists') {
          if (expected.scores !== undefined) expect(scores.join('')).toBe(expected.scores);
          expect([...sums]).toEqual(expected.score_sum);
        } else {
          // They are floored here to 2^-20, and single-precision logarithms there, good to 2^-23 of a score of up to 17.
          const peer = z.array(z.number()).optional().parse(expected.scores);
          for (const [i, score] of (peer ?? []).entries()) {
            expect(Math.abs(scores[i]! / SCALE - score)).toBeLessThan(2 ** -20 + 17 * 2 ** -22);
          }
          sums.forEach((sum, payload) => {
            const floored = sum / SCALE;
            expect(expected.score_sum[payload]! - floored).toBeLessThan(
              positions.length * 2 ** -20 + floored * 1e-5,
            );
            expect(expected.score_sum[payload]! - floored).toBeGreaterThan(-floored * 1e-5);
          });
        }
        expected.pvalues.forEach((p, payload) => {
          // Relative 1e-8: what scipy's and the sums' rounding leave at 70 tokens; Simpson's rule has 1e-12 absolute.
          const own = peerPValue(each, expected.score_sum[payload]!, expected.ntoks);
          expect(Math.abs(own - z.number().parse(p))).toBeLessThan(
            1e-8 * own + 1e-12 * (each.params.detector.endsWith('Z') ? 1 : 0),
          );
        });
      }
      mark.source.close();
    },
  );

  it.each(DETECTED.filter((_, i) => i % 5 === 0))('scores the token that the peer skips', (each) => {
    // The first context ends at position ngram − 1: the token at ngram has all that its word depends on.
    const mark = open(each);
    const ids = each.inputs.input_ids;
    const positions = [...uniquePositions(mark, Uint32Array.from(ids))];
    expect(positions[0]).toBe(each.params.ngram);
    const first = ids.slice(0, each.params.ngram + 1).join();
    const later = [...peerPositions(ids, each.params.ngram, 'v2')].filter(
      (position) => ids.slice(position - each.params.ngram, position + 1).join() !== first,
    );
    // A first seed of 0 leaves it to the salt, which is multiplied with all ids of a context but the last: where they are 0, no key matters.
    const isKeyless = (position: number): boolean =>
      each.params.seed === 0 &&
      each.params.ngram > 1 &&
      ids.slice(position - each.params.ngram, position - 1).every((id) => id === 0);
    expect(positions.slice(1)).toEqual(later.filter((position) => !isKeyless(position)));
  });

  it.each([1, 2, 3])('reads back a payload of %i as the shift it is', (payload) => {
    for (const each of DETECTED.filter(({ params }) => params.ngram === 2).slice(0, 8)) {
      const positions = peerPositions(each.inputs.input_ids, 2, 'v2');
      const tokenIds = Uint32Array.from(each.inputs.input_ids);
      const shifted = open(each, payload);
      const words = wordsAt(shifted, tokenIds, positions);
      const sums = open(each).payloads(tokenIds, positions, payload + 1);
      expect(shifted.wordScore.sumScores(words, words.length)).toBe(sums[payload]);
    }
  });

  it('corrects the peer where nothing is green: a p-value of 1, not NaN; and where it clamps', () => {
    const { expected } = CASES.find((each) => 'kind' in each.params)! as z.output<typeof PValueCase>;
    let faults = 0;
    for (const each of expected) {
      const ln =
        each.fn === 'openai_gamma'
          ? lnGammaTail(each.score, each.ntoks)
          : lnBinomialTail(each.score, each.ntoks, each.gamma);
      if (each.p === 'NaN') {
        expect(each.score).toBe(0);
        expect(ln).toBe(0);
        faults++;
      } else if (each.p === 1e-200) {
        expect(ln).toBeLessThan(Math.log(1e-200));
        faults++;
      } else {
        // 20,000 added logarithms of up to 10 carry 1e-11; scipy's incomplete beta is good to 1e-9 there.
        expect(Math.abs(Math.exp(ln) - each.p)).toBeLessThan(1e-8 * each.p);
      }
    }
    expect(faults).toBeGreaterThan(20);
  });
});

describe('TwisterWord', () => {
  it('gives the words of the stream, near and far', () => {
    const length = 40_000;
    const twister = new TwisterWord(length);
    for (const seed of [0, 1, 2 ** 31, 2 ** 32 - 1]) {
      const random = new TorchRandom(seed);
      const stream = Array.from({ length }, () => random.random());
      // All short dependences, and some of each long one: 127 is prime to 227, 623 and 624.
      for (let i = 0; i < length; i += i < 2000 ? 1 : 127) expect(twister.at(seed, i)).toBe(stream[i]);
      expect(twister.at(seed, length - 1)).toBe(stream[length - 1]);
    }
  });
});
