import { profileNamed } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { lnBinomialTail, normalTail } from '../tails.ts';
import { openMark, scoreOf, scoreUnique, vllmPositions, wordsAt, wordsIn } from './marks.ts';
import { referenceSeededWord } from './reference-philox.ts';
import { toIds, VectorFile } from './vectors.ts';

const FILE = new VectorFile('vllm_sbw');
const INT31_MAX = 2 ** 31 - 1;

interface Keyed {
  readonly scheme: 'selfhash' | 'lefthash';
  readonly key: string;
  readonly context_width: number;
  readonly gamma: number;
}
interface Detection {
  readonly score: number;
  readonly p_value: number;
  readonly num_scored_tokens: number;
  readonly is_watermarked: boolean;
  readonly token_scores?: readonly number[];
}

function openSbw(
  { scheme, key, context_width, gamma }: Keyed,
  vocabSize?: number,
): ReturnType<typeof openMark> {
  return openMark(
    'vllm-sbw',
    { algorithm: 'sbw', key, context_width, sbw_scheme: scheme, sbw_gamma: gamma, sbw_delta: 4 },
    vocabSize,
  );
}

/** Jenkins' hash of the peer, with integers of any size cut to 32 bits after each step. */
function jenkins(id: number): bigint {
  let i = BigInt.asIntN(32, BigInt(id) + 1n);
  const cut = (value: bigint): bigint => BigInt.asIntN(32, value);
  i = cut(i - cut(i << 6n));
  i = cut(i ^ (i >> 17n));
  i = cut(i - cut(i << 9n));
  i = cut(i ^ cut(i << 4n));
  i = cut(i - cut(i << 3n));
  i = cut(i ^ cut(i << 10n));
  return cut(i ^ (i >> 15n));
}

function isGreen(word: number, gamma: number): boolean {
  return (word & INT31_MAX) < Math.floor(gamma * INT31_MAX);
}

/** What the peer's detector takes for green with `lefthash`: seeds from the sum of hashes. */
function detectorGreen({ key, gamma }: Keyed, context: readonly number[], tokenId: number): boolean {
  const sum = context.reduce((total, id) => total + jenkins(id), 0n);
  return isGreen(referenceSeededWord(BigInt(key) * sum, tokenId), gamma);
}

describe('green tokens', () => {
  const cases = FILE.cases<
    Keyed & { gamma_int: number },
    { context: number[]; vocab_size: number; high_token_ids: number[] },
    { generator_green: string; detector_green: string; detector_green_high: string; mismatches: number }
  >('greens');

  it('are those of the peer’s generator', () => {
    expect(cases.length).toBe(42);
    for (const { params, inputs, expected } of cases) {
      const mark = openSbw(params);
      const low = Array.from({ length: inputs.vocab_size }, (_, id) => id);
      const bitsOf = (ids: readonly number[]): string =>
        Array.from(wordsIn(mark, inputs.context, ids), (word) => mark.wordScore.score(word)).join('');
      expect(bitsOf(low)).toBe(expected.generator_green);
      expect(mark.wordScore.nullLaw).toEqual({ kind: 'binomial', numerator: 2 * params.gamma_int });
      if (params.scheme === 'selfhash') {
        expect(expected.detector_green).toBe(expected.generator_green);
        expect(bitsOf(inputs.high_token_ids)).toBe(expected.detector_green_high);
        continue;
      }
      // With `lefthash` the peer's detector hashes the ids that its generator only adds up: it reads another list, and
      // cannot find the mark. The profile reads what is in texts.
      const detector = (ids: readonly number[]): string =>
        ids.map((id) => Number(detectorGreen(params, inputs.context, id))).join('');
      expect(detector(low)).toBe(expected.detector_green);
      expect(detector(inputs.high_token_ids)).toBe(expected.detector_green_high);
      const mismatches = low.filter((id) => expected.generator_green[id] !== expected.detector_green[id]);
      expect(mismatches.length).toBe(expected.mismatches);
      // Two independent lists differ in 2 γ (1 − γ) of the ids: 150 or 200 of 400, less five deviations of 10.
      expect(expected.mismatches).toBeGreaterThan(100);
    }
  });

  it('come from hashes of the ids', () => {
    const [vector] = FILE.cases<object, { x: number[] }, { h: number[] }>('hashint');
    for (const [i, x] of vector!.inputs.x.entries()) {
      expect(jenkins(x)).toBe(BigInt(vector!.expected.h[i]!));
      // One id before, and key 1, leave the seed h².
      const mark = openSbw({ scheme: 'selfhash', key: '1', context_width: 1, gamma: 0.5 });
      expect(wordsIn(mark, [5], [x])[0]).toBe(referenceSeededWord(jenkins(x) ** 2n, x));
    }
  });
});

describe('detection', () => {
  const cases = ['detect_null', 'detect_watermarked_delta4'].flatMap((kind) =>
    FILE.cases<Keyed & { deduplicate_contexts: boolean }, { token_ids: number[] }, Detection>(kind),
  );

  it('scores what the peer scores with selfhash; its p-values are normal tails', () => {
    expect(cases.length).toBe(72);
    for (const { params, inputs, expected } of cases) {
      const mark = openSbw(params);
      const width = params.context_width;
      const { sequence, positions } = vllmPositions(inputs.token_ids, width, params.deduplicate_contexts);
      const scores =
        params.scheme === 'selfhash'
          ? Array.from(wordsAt(mark, sequence, positions), (word) => mark.wordScore.score(word))
          : positions.map((position) => {
              const context = Array.from(sequence.subarray(position - width, position), (id) => id | 0);
              return Number(detectorGreen(params, context, sequence[position]!));
            });
      expect(positions.length).toBe(expected.num_scored_tokens);
      expect(scores.reduce((sum, score) => sum + score, 0)).toBe(expected.score);
      if (expected.token_scores !== undefined) expect(scores).toEqual(expected.token_scores);
      const n = positions.length;
      if (n === 0) {
        expect(expected.p_value).toBe(1);
        continue;
      }
      const z = (expected.score - n * params.gamma) / Math.sqrt(n * params.gamma * (1 - params.gamma));
      expect(Math.abs(expected.p_value / normalTail(z) - 1)).toBeLessThan(1e-8);
    }
  });

  it('finds the generator’s mark, and says with the exact tail how surely', () => {
    const marked = cases.filter(({ params }) => params.kind === 'detect_watermarked_delta4');
    for (const { params, inputs, expected } of marked) {
      const mark = openSbw(params);
      const { scored, sum } = scoreUnique(mark, toIds(inputs.token_ids));
      const green = Math.floor(params.gamma * INT31_MAX) / 2 ** 31;
      const log10P = lnBinomialTail(sum, scored, green) * Math.LOG10E;
      if (params.scheme === 'selfhash') expect(log10P).toBeLessThan(-10);
      else {
        // The peer misses all of its own marks with `lefthash`.
        expect(expected.is_watermarked).toBe(false);
        expect(log10P).toBeLessThan(-10);
      }
      const other = openSbw({ ...params, key: String(BigInt(params.key) + 1n) });
      const negative = scoreUnique(other, toIds(inputs.token_ids));
      expect(lnBinomialTail(negative.sum, negative.scored, green) * Math.LOG10E).toBeGreaterThan(-3);
      // The normal tail is wrong by orders of magnitude where it matters.
      if (params.scheme === 'lefthash') continue;
      const exact = lnBinomialTail(expected.score, expected.num_scored_tokens, params.gamma) * Math.LOG10E;
      expect(Math.abs(exact - Math.log10(expected.p_value))).toBeGreaterThan(3);
    }
  });

  it('counts contexts that share a seed once', () => {
    // The sum of a context does not know its order, nor `selfhash` the oldest id or the order of the others.
    const left = openSbw({ scheme: 'lefthash', key: '77', context_width: 3, gamma: 0.5 });
    const sums = new Set<string>();
    expect(scoreUnique(left, toIds([1, 2, 3, 9]), sums).scored).toBe(1);
    expect(scoreUnique(left, toIds([3, 1, 2, 9]), sums).scored).toBe(0);
    expect(scoreUnique(left, toIds([2, 2, 2, 9]), sums).scored).toBe(0);
    expect(scoreUnique(left, toIds([2, 2, 2, 10]), sums).scored).toBe(1);
    expect(scoreUnique(left, toIds([2, 2, 3, 9]), sums).scored).toBe(1);
    const self = openSbw({ scheme: 'selfhash', key: '77', context_width: 3, gamma: 0.5 });
    const seen = new Set<string>();
    expect(scoreUnique(self, toIds([1, 2, 3, 9]), seen).scored).toBe(1);
    expect(scoreUnique(self, toIds([8, 3, 2, 9]), seen).scored).toBe(0);
    expect(scoreUnique(self, toIds([8, 3, 2, 10]), seen).scored).toBe(1);
  });

  it('tells contexts apart without their tokens as far as seeds can', () => {
    const mark = openSbw({ scheme: 'selfhash', key: '77', context_width: 3, gamma: 0.5 });
    const saltOf = (context: number[]): number[] => {
      const out = new Uint32Array(4);
      mark.source.contextHeader(toIds(context), out);
      return [...out];
    };
    expect(saltOf([1, 2, 3])).toEqual(saltOf([4, 2, 3]));
    expect(saltOf([1, 2, 3])).not.toEqual(saltOf([1, 2, 4]));
    expect(saltOf([1, 2, 3]).slice(0, 2)).toEqual([0, 0]);
    const left = openSbw({ scheme: 'lefthash', key: '77', context_width: 2, gamma: 0.5 });
    const out = new Uint32Array(4);
    left.source.contextHeader(toIds([3, 4]), out);
    const row = new Uint32Array(4);
    left.source.sequenceHeaders(toIds([4, 3, 99]), row);
    expect(row).toEqual(out);
  });
});

describe('writing', () => {
  it('adds the bias to green logits of steps with a new, full context', () => {
    const params: Keyed = { scheme: 'selfhash', key: '123456789', context_width: 2, gamma: 0.25 };
    const mark = openSbw(params, 1000);
    const processor = mark.startProcessor!(2);
    const logits = new Float32Array(1000);
    processor.process([5, 6, 7], logits);
    expect(logits.every((value) => value === 0)).toBe(true);
    processor.process([5, 6, 7, 8, 7, 8], logits);
    expect(logits.every((value) => value === 0)).toBe(true);
    processor.process([5, 6, 7, 8], logits);
    const words = wordsIn(
      mark,
      [7, 8],
      Array.from(logits, (_, id) => id),
    );
    expect([...logits]).toEqual(Array.from(words, (word) => (isGreen(word, 0.25) ? 4 : 0)));
    const green = scoreOf(mark.wordScore, words);
    // Five deviations of Binomial(1000, 1/4).
    expect(Math.abs(green - 250)).toBeLessThan(5 * Math.sqrt(1000 * 0.25 * 0.75));
    expect(mark.startSampler).toBeUndefined();
  });
});

describe('keys from 2^63 on', () => {
  it('are refused, as the peer fails with them', () => {
    const [vector] = FILE.cases<object, { key: string }, { error: string }>('key_ge_2^63');
    expect(vector!.expected.error).toContain('Overflow');
    const result = profileNamed('vllm-sbw').config.safeParse({ algorithm: 'sbw', key: vector!.inputs.key });
    expect(result.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([
      'key: must be an integer from 0 to 2^63 − 1',
    ]);
  });
});

it('every kind of case is read', () => {
  expect(FILE.unread()).toEqual([]);
});
