import { CandidateSelector, type Candidates, seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { openMark, scoreOf, scoreUnique, VOCABULARY, wordsAt, wordsIn } from './marks.ts';
import { logGammaTail } from './tails.ts';
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

/** MurmurHash3 of words, with integers of any size: A. Appleby's definition. */
function murmur(words: readonly (number | bigint)[]): number {
  const cut = (value: bigint): bigint => BigInt.asUintN(32, value);
  const rotate = (value: bigint, by: bigint): bigint => cut((value << by) | (value >> (32n - by)));
  let state = 0n;
  for (const word of words) {
    const scrambled = cut(rotate(cut(cut(BigInt(word)) * 0xcc9e2d51n), 15n) * 0x1b873593n);
    state = cut(rotate(state ^ scrambled, 13n) * 5n + 0xe6546b64n);
  }
  state ^= BigInt(4 * words.length);
  state ^= state >> 16n;
  state = cut(state * 0x85ebca6bn);
  state ^= state >> 13n;
  state = cut(state * 0xc2b2ae35n);
  return Number(state ^ (state >> 16n));
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
        const above = expected.score[i]! - mark.reading.score(word) / SCALE;
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
      expect(logGammaTail(scored, sum / SCALE) * Math.LOG10E).toBeLessThan(-20);
      const other = openMark('sglang-gumbel', { ...configOf(params), key: '5ca1ab1e' });
      const negative = scoreUnique(other, toIds(inputs.token_ids));
      if (params.key_b === null) {
        expect(logGammaTail(negative.scored, negative.sum / SCALE) * Math.LOG10E).toBeGreaterThan(-4);
      }
    }
  });
});

describe('sampling', () => {
  const cases = FILE.cases<
    Keys,
    { context: number[]; weights?: number[]; a?: number; b?: number; vocab_size?: number },
    { token_id: number; hash: number }
  >('select');

  it('takes the token that the peer takes, or one that binary32 cannot tell from it', () => {
    expect(cases.length).toBe(24);
    let equal = 0;
    for (const { params, inputs, expected } of cases) {
      const { context } = inputs;
      const weights =
        inputs.weights ??
        Array.from({ length: inputs.vocab_size! }, (_, v) => (v * inputs.a! + inputs.b!) % 1021);
      const config = { key: params.key, context_window: context.length };
      const mark = openMark('sglang-gumbel', config);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const candidates = candidatesOf(weights.map((weight) => Math.fround(weight / total)));
      let draws = 0;
      const random = (): number => {
        draws++;
        return 0.5;
      };
      const chosen = mark.startSampler!(context.length, random).choose(context, candidates);
      expect(draws).toBe(0);
      const [word] = wordsIn(mark, context, [expected.token_id]);
      expect(word).toBe(expected.hash);
      if (chosen === expected.token_id) {
        equal++;
        continue;
      }
      // ln(u) / p in binary32: a logarithm of a rounded number and a quotient, each off by up to 2^-23 of itself.
      const [ours] = wordsIn(mark, context, [chosen]);
      const arrival = (value: number, id: number): number => -Math.log((value + 0.5) / TWO_32) / weights[id]!;
      const gap = arrival(word!, expected.token_id) / arrival(ours!, chosen) - 1;
      expect(gap).toBeLessThan(4 * 2 ** -23);
    }
    expect(equal).toBeGreaterThan(20);
  });

  it('leaves alone what the server leaves alone', () => {
    const plain = (config: object, sequences: readonly number[][], likeliest = 0.5): string => {
      const mark = openMark('sglang-gumbel', { key: '77', context_window: 2, ...config });
      let draws = 0;
      const sampler = mark.startSampler!(0, () => {
        draws++;
        return 0.5;
      });
      return sequences
        .map((tokenIds) => {
          const before = draws;
          sampler.choose(tokenIds, candidatesOf([likeliest, 1 - likeliest]));
          return draws > before ? '1' : '0';
        })
        .join('');
    };
    // Nothing before it, too little before it, a new context, the same once more, and another one.
    expect(plain({}, [[], [1], [1, 2], [9, 1, 2], [2, 1]])).toBe('11010');
    // A step that is too sure is not marked, and its context stays new.
    expect(plain({ max_probability: 0.8 }, [[1, 2]], 0.9)).toBe('1');
    expect(plain({ max_probability: 0.8 }, [[1, 2]], 0.8)).toBe('0');
    // 4,096 contexts are marked, and no more.
    const many = Array.from({ length: 4100 }, (_, i) => [i, i + 1]);
    expect(plain({}, many)).toBe(`${'0'.repeat(4096)}1111`);
  });

  it('writes what detection finds, with one key and with two', () => {
    for (const config of [{ key: 'feed' }, { key: 'feed', key_b: 'beef', mixing_probability: 0.25 }]) {
      const random = seededRandom('sglang response');
      const mark = openMark('sglang-gumbel', config, 400);
      const selector = new CandidateSelector(400);
      const sampler = mark.startSampler!(0, random);
      const tokenIds: number[] = [];
      for (let i = 0; i < 200; i++) {
        const logits = Float32Array.from({ length: 400 }, () => 6 * random());
        tokenIds.push(sampler.choose(tokenIds, selector.select(logits)));
      }
      const { scored, sum } = scoreUnique(mark, toIds(tokenIds));
      expect(scored).toBe(196);
      expect(logGammaTail(scored, sum / SCALE) * Math.LOG10E).toBeLessThan(-30);
    }
  });

  it('comes after a truncation that ours agrees with', () => {
    const truncations = FILE.cases<
      { temperature: number; top_k: number; top_p: number; min_p: number },
      { logits: number[] },
      { probs: number[] }
    >('truncate');
    expect(truncations.length).toBe(8);
    for (const { params, inputs, expected } of truncations) {
      const { temperature, top_k, top_p, min_p } = params;
      const probs = truncate(inputs.logits, temperature, top_k, top_p, min_p);
      // Thirty binary32 terms, each off by a few units of 2^-24.
      for (const [v, prob] of probs.entries()) {
        expect(Math.abs(prob - expected.probs[v]!)).toBeLessThan(64 * 2 ** -24 * prob + 1e-12);
      }
      // min_p is the engine's own; without it the candidates are the peer's support.
      if (min_p > 0) continue;
      const selector = new CandidateSelector(inputs.logits.length);
      const options = { temperature, topK: top_k, topP: top_p };
      const { count, tokenIds } = selector.select(Float32Array.from(inputs.logits), options);
      const kept = expected.probs.flatMap((prob, v) => (prob > 0 ? [v] : []));
      expect([...tokenIds.subarray(0, count)].sort((a, b) => a - b)).toEqual(kept);
    }
  });
});

it('every kind of case is read', () => {
  expect(FILE.unread()).toEqual([]);
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
  const { reading } = openMark('sglang-gumbel', { key: '1' });
  const above = expected.score - scoreOf(reading, Uint32Array.from(words)) / SCALE;
  expect(above).toBeGreaterThanOrEqual(0);
  expect(above).toBeLessThanOrEqual(parts.reduce((sum, part) => sum + part.excess, 0));
  // The peer's ln Γ of up to 300 is good to 2^-43; a relative error of p is an absolute one of its logarithm.
  expect(Math.abs(expected.log_p_value - logGammaTail(n, expected.score))).toBeLessThan(
    1e-9 * Math.max(1, n),
  );
  expect(expected.p_value).toBeCloseTo(Math.exp(expected.log_p_value), 15);
  if (n > 0) expect(expected.z_score).toBeCloseTo((expected.score - n) / Math.sqrt(n), 12);
}

/** Candidates as a selector gives them: by descending probability, equal ones by ascending id. */
function candidatesOf(probs: readonly number[]): Candidates {
  const ids = probs.flatMap((prob, id) => (prob > 0 ? [id] : []));
  ids.sort((a, b) => probs[b]! - probs[a]! || a - b);
  return {
    count: ids.length,
    tokenIds: Uint32Array.from(ids),
    probs: Float64Array.from(ids, (id) => probs[id]!),
    tailMass: 0,
    drawTail: () => Number.NaN,
  };
}

/** The peer's truncation: top-k by rank, top-p by the mass before a token, min-p by the likeliest, in one pass. */
function truncate(
  logits: readonly number[],
  temperature: number,
  topK: number,
  topP: number,
  minP: number,
): number[] {
  const maximum = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp((logit - maximum) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const order = weights.map((_, v) => v).sort((a, b) => weights[b]! - weights[a]!);
  const kept = new Array<number>(logits.length).fill(0);
  let before = 0;
  for (const [rank, v] of order.entries()) {
    const prob = weights[v]! / total;
    if (rank < topK && before <= topP && prob >= minP * (weights[order[0]!]! / total)) kept[v] = prob;
    before += prob;
  }
  const mass = kept.reduce((sum, prob) => sum + prob, 0);
  return kept.map((prob) => prob / mass);
}

/** The state of MurmurHash3 after some words. */
function mixed(words: readonly (number | bigint)[]): bigint {
  let state = 0n;
  for (const word of words) state = mix(state, scramble(BigInt(word)));
  return state;
}

/** The word that takes one state to another: every step of the mixing can be undone. */
function unmix(from: bigint, to: bigint): bigint {
  const before = rotate(cut((to - 0xe6546b64n) * inverse(5n)), 19n);
  const scrambled = before ^ from;
  return cut(rotate(cut(scrambled * inverse(0x1b873593n)), 17n) * inverse(0xcc9e2d51n));
}

function mix(state: bigint, scrambled: bigint): bigint {
  return cut(rotate(state ^ scrambled, 13n) * 5n + 0xe6546b64n);
}

function scramble(word: bigint): bigint {
  return cut(rotate(cut(cut(word) * 0xcc9e2d51n), 15n) * 0x1b873593n);
}

function rotate(value: bigint, by: bigint): bigint {
  return cut((value << by) | (value >> (32n - by)));
}

function cut(value: bigint): bigint {
  return BigInt.asUintN(32, value);
}

/** The inverse of an odd number modulo 2^32 by Newton's iteration, which doubles the right bits. */
function inverse(odd: bigint): bigint {
  let result = odd;
  for (let i = 0; i < 5; i++) result = cut(result * (2n - odd * result));
  return result;
}
