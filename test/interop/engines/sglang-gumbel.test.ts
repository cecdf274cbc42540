import { describe, expect, it } from 'vitest';
import { lnGammaTail } from '../tails.ts';
import { openMark, scoreOf, scoreUnique, VOCABULARY, wordsAt, wordsIn } from './marks.ts';
import { mixed, murmur, unmix } from './reference-murmur.ts';
import { toIds, VectorFile } from './vectors.ts';

const FILE = new VectorFile('sglang_gumbel');
const SCALE = 2 ** 20;
const TWO_32 = 2 ** 32;

interface Keys {
  readonly key: string;
  readonly key_b?: string | null;
  readonly mixing_probability?: number;
  readonly context_window?: number;
}
interface Statistics {
  readonly num_contexts: number;
  readonly score: number;
  readonly z_score: number;
  readonly p_value: number;
  readonly log_p_value: number;
}

function keyWords(key: bigint): bigint[] {
  return [BigInt.asUintN(32, key), BigInt.asUintN(32, key >> 32n)];
}

/** The peer's score of a word, and by how much it may exceed ours: a floor, and half a step of the uniform number. */
function peerScore(word: number): { readonly score: number; readonly excess: number } {
  const score = -Math.log1p(-(word + 0.5) / TWO_32);
  return { score, excess: 1 / SCALE + Math.log1p(0.5 / (TWO_32 - word - 0.5)) };
}

describe('keys', () => {
  it('are hexadecimal numbers of 64 bits', () => {
    const cases = FILE.cases<object, { hex: string }, { key_signed: string }>('parse_key');
    expect(cases.length).toBe(9);
    for (const { inputs, expected } of cases) {
      const mark = openMark('sglang-gumbel', { key: inputs.hex, context_window: 1 });
      const key = keyWords(BigInt(expected.key_signed));
      expect(wordsIn(mark, [3], [7])[0]).toBe(murmur([...key, murmur([3]), 7]));
    }
  });

  it('are 2^32 different ones at most: some of 64 bits are one key', () => {
    // Whatever the low word leaves of the state, some high word takes it anywhere: here to the state of key 1.
    const wanted = mixed([1n, 0n]);
    const low = 2n;
    const high = unmix(mixed([low]), wanted);
    const twin = ((high << 32n) | low).toString(16);
    const context = [1, 2, 3, 4];
    const tokenIds = Array.from({ length: 50 }, (_, id) => id);
    const words = wordsIn(openMark('sglang-gumbel', { key: '1' }), context, tokenIds);
    expect(wordsIn(openMark('sglang-gumbel', { key: twin }), context, tokenIds)).toEqual(words);
    expect(wordsIn(openMark('sglang-gumbel', { key: '2' }), context, tokenIds)).not.toEqual(words);
  });
});

describe('words', () => {
  const cases = FILE.cases<
    { key: string; key_b: string },
    { context: number[]; token_ids: number[] },
    { context_hash: number; hash: number[]; uniform: number[]; score: number[]; coin: number }
  >('prf');

  it('are the peer’s hashes, and score as there', () => {
    expect(cases.length).toBe(60);
    for (const { params, inputs, expected } of cases) {
      const context_window = inputs.context.length;
      const mark = openMark('sglang-gumbel', { key: params.key, context_window });
      const words = wordsIn(mark, inputs.context, inputs.token_ids);
      expect([...words]).toEqual(expected.hash);
      const key = keyWords(BigInt(`0x${params.key}`));
      expect(murmur(inputs.context)).toBe(expected.context_hash);
      expect(words[0]).toBe(murmur([...key, expected.context_hash, inputs.token_ids[0]!]));
      for (const [i, word] of words.entries()) {
        expect((word + 0.5) / TWO_32).toBe(expected.uniform[i]);
        const { score, excess } = peerScore(word);
        expect(Math.abs(score - expected.score[i]!)).toBeLessThanOrEqual(4 * 2 ** -53 * score);
        const above = expected.score[i]! - mark.wordScore.score(word) / SCALE;
        expect(above).toBeGreaterThan(0);
        expect(above).toBeLessThan(excess);
      }
      // The coin falls on key A up to the number that it is, and on key B from there: this pins all of its bits.
      for (const [threshold, digits] of [
        [expected.coin, params.key_b],
        [expected.coin + 1, params.key],
      ] as const) {
        if (threshold === 0 || threshold === TWO_32) continue;
        const dual = openMark('sglang-gumbel', {
          key: params.key,
          key_b: params.key_b,
          mixing_probability: threshold / TWO_32,
          context_window,
        });
        const single = openMark('sglang-gumbel', { key: digits, context_window });
        const wanted = wordsIn(single, inputs.context, inputs.token_ids);
        expect(wordsIn(dual, inputs.context, inputs.token_ids)).toEqual(wanted);
      }
    }
  });

  it('of contexts with one hash are one draw, which counts once', () => {
    // The last id makes up for what the first one changed, as far as it is an id of the vocabulary.
    const context = [11, 22, 33, 44];
    const goal = mixed(context);
    let twin: number[] = [];
    for (let first = 0; twin.length === 0; first++) {
      if (first === 11) continue;
      const last = unmix(mixed([first, 22, 33]), goal);
      if (last < BigInt(VOCABULARY)) twin = [first, 22, 33, Number(last)];
    }
    const mark = openMark('sglang-gumbel', { key: 'abc', key_b: 'def' });
    const tokenIds = Array.from({ length: 100 }, (_, id) => 1000 * id);
    expect(wordsIn(mark, twin, tokenIds)).toEqual(wordsIn(mark, context, tokenIds));
    const seen = new Set<string>();
    expect(scoreUnique(mark, toIds([...context, 5]), seen).scored).toBe(1);
    // The peer compares contexts, and scores the second one as new evidence.
    expect(scoreUnique(mark, toIds([...twin, 5]), seen).scored).toBe(0);
    expect(scoreUnique(mark, toIds([...twin, 6]), seen).scored).toBe(1);
  });
});

describe('detection', () => {
  const cases = ['detect_null', 'detect_watermarked'].flatMap((kind) =>
    FILE.cases<
      Required<Keys> & { max_contexts?: number },
      { prompt_token_ids: number[]; token_ids: number[] },
      {
        combined: Statistics;
        key_a_all_positions: Statistics;
        key_b_all_positions: Statistics | null;
        key_a_partition: Statistics | null;
        key_b_partition: Statistics | null;
        prefix_limit_reached: boolean;
        tokens_examined: number;
        repeated_contexts: number;
        skipped_initial_tokens: number;
      }
    >(kind),
  );

  it('scores what the peer scores, and its p-values are Gamma tails', () => {
    expect(cases.length).toBe(185);
    for (const { params, inputs, expected } of cases) {
      const walk = peerContexts(
        inputs.prompt_token_ids,
        inputs.token_ids,
        params.context_window,
        params.max_contexts,
      );
      expect(walk.examined).toBe(expected.tokens_examined);
      expect(walk.repeated).toBe(expected.repeated_contexts);
      expect(walk.skipped).toBe(expected.skipped_initial_tokens);
      expect(walk.limited).toBe(expected.prefix_limit_reached);
      const single = { key_b: null, mixing_probability: params.mixing_probability };
      const underA = wordsOf({ ...single, key: params.key }, walk.pairs);
      checkStatistics(expected.key_a_all_positions, underA);
      if (params.key_b === null) {
        checkStatistics(expected.combined, underA);
        continue;
      }
      const underB = wordsOf({ ...single, key: params.key_b }, walk.pairs);
      const combined = wordsOf(params, walk.pairs);
      checkStatistics(expected.combined, combined);
      checkStatistics(expected.key_b_all_positions!, underB);
      // Words under two keys are equal once in 2^32, so that they tell which key the coin took.
      checkStatistics(
        expected.key_a_partition!,
        combined.filter((word, i) => word === underA[i]),
      );
      checkStatistics(
        expected.key_b_partition!,
        combined.filter((word, i) => word === underB[i]),
      );
    }
  });

  it('leaves out the tokens without a full window, and finds the mark with its keys only', () => {
    for (const { params, inputs } of cases) {
      const mark = openMark('sglang-gumbel', configOf(params));
      const { scored, sum } = scoreUnique(mark, toIds(inputs.token_ids));
      const width = params.context_window;
      const tuples = new Set<string>();
      for (let i = width; i < inputs.token_ids.length; i++) {
        tuples.add(inputs.token_ids.slice(i - width, i + 1).join());
      }
      expect(scored).toBe(tuples.size);
      if (params.kind !== 'detect_watermarked') continue;
      expect(lnGammaTail(sum / SCALE, scored) * Math.LOG10E).toBeLessThan(-20);
      const other = openMark('sglang-gumbel', { ...configOf(params), key: '5ca1ab1e' });
      const negative = scoreUnique(other, toIds(inputs.token_ids));
      if (params.key_b === null) {
        expect(lnGammaTail(negative.sum / SCALE, negative.scored) * Math.LOG10E).toBeGreaterThan(-4);
      }
    }
  });
});

it('every kind of case is read', () => {
  // The others are read where sampling is tested.
  expect(FILE.unread()).toEqual(['select', 'truncate']);
});

function configOf({ key, key_b, mixing_probability, context_window }: Required<Keys>): Keys {
  return { key, key_b, mixing_probability, context_window };
}

/** The contexts that the peer scores, each once: those that reach into the prompt are cut short where it begins. */
function peerContexts(prompt: readonly number[], completion: readonly number[], width: number, limit = 4096) {
  const tokens = [...prompt.slice(-width), ...completion];
  const start = Math.min(prompt.length, width);
  const first = prompt.length > 0 ? start : Math.min(width, completion.length);
  const seen = new Set<string>();
  const pairs: { context: number[]; tokenId: number }[] = [];
  let repeated = 0;
  let examined = first - start;
  for (let position = first; position < tokens.length && seen.size < limit; position++) {
    examined = position - start + 1;
    const context = tokens.slice(Math.max(0, position - width), position);
    if (seen.has(context.join())) {
      repeated++;
      continue;
    }
    seen.add(context.join());
    pairs.push({ context, tokenId: tokens[position]! });
  }
  return { pairs, repeated, examined, skipped: first - start, limited: seen.size === limit };
}

function wordsOf(
  config: { key: string; key_b: string | null; mixing_probability: number },
  pairs: readonly { context: number[]; tokenId: number }[],
): number[] {
  const { key, key_b, mixing_probability } = config;
  const marks = new Map<number, ReturnType<typeof openMark>>();
  return pairs.map(({ context, tokenId }) => {
    const context_window = context.length;
    const mark =
      marks.get(context_window) ??
      openMark('sglang-gumbel', { key, key_b, mixing_probability, context_window });
    marks.set(context_window, mark);
    return wordsAt(mark, toIds([...context, tokenId]), [context_window])[0]!;
  });
}

function checkStatistics(expected: Statistics, words: readonly number[]): void {
  const n = words.length;
  expect(n).toBe(expected.num_contexts);
  const parts = words.map(peerScore);
  const score = parts.reduce((sum, part) => sum + part.score, 0);
  // Sums of n doubles, and of n logarithms that two libraries round in their own ways.
  expect(Math.abs(score - expected.score)).toBeLessThanOrEqual(n * 2 ** -50 * Math.max(1, score));
  const { wordScore } = openMark('sglang-gumbel', { key: '1' });
  const above = expected.score - scoreOf(wordScore, Uint32Array.from(words)) / SCALE;
  expect(above).toBeGreaterThanOrEqual(0);
  expect(above).toBeLessThanOrEqual(parts.reduce((sum, part) => sum + part.excess, 0));
  // The peer's ln Γ of up to 300 is good to 2^-43; a relative error of p is an absolute one of its logarithm.
  expect(Math.abs(expected.log_p_value - lnGammaTail(expected.score, n))).toBeLessThan(1e-9 * Math.max(1, n));
  expect(expected.p_value).toBeCloseTo(Math.exp(expected.log_p_value), 15);
  if (n > 0) expect(expected.z_score).toBeCloseTo((expected.score - n) / Math.sqrt(n), 12);
}
