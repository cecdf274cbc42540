import { CandidateSelector, type Candidates, seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { lnGammaTail } from '../tails.ts';
import { openMark, scoreUnique, wordsIn } from './marks.ts';
import { toIds, VectorFile } from './vectors.ts';

const FILE = new VectorFile('sglang_gumbel');
const SCALE = 2 ** 20;
const TWO_32 = 2 ** 32;

describe('sampling', () => {
  const cases = FILE.cases<
    { key: string },
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
      expect(lnGammaTail(sum / SCALE, scored) * Math.LOG10E).toBeLessThan(-30);
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
  // The others are read where detection is tested.
  expect(FILE.unread()).toEqual(['parse_key', 'prf', 'detect_null', 'detect_watermarked']);
});

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
