import { CandidateSelector, seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { gammaTailByIntegral, lnGammaTail, weightedGammaTail } from '../tails.ts';
import { openMark, scoreOf, scoreUnique, vllmPositions, wordsAt, wordsIn } from './marks.ts';
import { toIds, VectorFile } from './vectors.ts';

const FILE = new VectorFile('vllm_dual_key');
const SCALE = 2 ** 20;
// The peer's score of a token less ours, as for one key, plus another floor, plus α off by 2^-27 times a difference of scores
// of at most 17.
const SCORE_BOUND = 2 * 2 ** -20 + 2 ** -23 + 2 ** -25 + 17 * 2 ** -27;

interface Keyed {
  readonly key: string;
  readonly context_width: number;
  readonly alpha: number;
}
interface Detection {
  readonly score: number;
  readonly p_value: number;
  readonly num_scored_tokens: number;
  readonly is_watermarked: boolean;
  readonly token_scores?: readonly number[];
  readonly routing?: string;
}

function openDualKey({ key, context_width, alpha }: Keyed): ReturnType<typeof openMark> {
  return openMark('vllm-dual-key', { algorithm: 'dual_key_gumbel', key, context_width, alpha });
}

/** The tail that is right for the peer's statistic. */
function exactTail(alpha: number, n: number, score: number): number {
  if (alpha === 0 || alpha === 1) return Math.exp(lnGammaTail(score, n));
  if (alpha === 0.5) return Math.exp(lnGammaTail(2 * score, 2 * n));
  return weightedGammaTail(alpha, n, score);
}

/** What the peer reports: a Gamma variable with the same mean and variance. */
function matchedTail(alpha: number, n: number, score: number): number {
  const variance = (1 - alpha) ** 2 + alpha ** 2;
  return gammaTailByIntegral(n / variance, score / variance);
}

describe('the two keys', () => {
  it('are the peer’s', () => {
    const cases = FILE.cases<{ key: string }, object, { key_a: string; key_b: string }>('derive');
    expect(cases.length).toBe(6);
    const context = [11, 22, 33, 44];
    const tokenIds = Array.from({ length: 32 }, (_, id) => id);
    for (const { params, expected } of cases) {
      for (const [alpha, key] of [
        [0, expected.key_a],
        [1, expected.key_b],
      ] as const) {
        const single = openMark('vllm-gumbel', { key });
        const scores = Array.from(wordsIn(single, context, tokenIds), (word) => single.wordScore.score(word));
        const dual = openDualKey({ key: params.key, context_width: 4, alpha });
        expect([...wordsIn(dual, context, tokenIds)]).toEqual(scores);
        expect(dual.wordScore.nullLaw).toEqual({ kind: 'gamma', scale: SCALE });
      }
    }
  });
});

describe('detection', () => {
  const cases = ['detect_null', 'detect_watermarked'].flatMap((kind) =>
    FILE.cases<Keyed, { token_ids: number[] }, Detection>(kind),
  );

  it('scores what the peer scores', () => {
    expect(cases.length).toBe(60);
    for (const { params, inputs, expected } of cases) {
      const mark = openDualKey(params);
      const { sequence, positions } = vllmPositions(inputs.token_ids, params.context_width, true);
      const words = wordsAt(mark, sequence, positions);
      expect(positions.length).toBe(expected.num_scored_tokens);
      for (const [i, score] of (expected.token_scores ?? []).entries()) {
        const excess = score - words[i]! / SCALE;
        expect(excess).toBeGreaterThanOrEqual(-17 * 2 ** -27);
        expect(excess).toBeLessThan(SCORE_BOUND);
      }
      const excess = expected.score - scoreOf(mark.wordScore, words) / SCALE;
      expect(Math.abs(excess)).toBeLessThanOrEqual(positions.length * SCORE_BOUND + 1e-12 * expected.score);
    }
  });

  it('has the law of the weighted sum, where the peer matches two moments', () => {
    for (const { params, expected } of cases) {
      const { num_scored_tokens: n, score, p_value } = expected;
      // Two moments cannot be integrated from a density without an inner mode.
      if (n < 3) continue;
      const matched = matchedTail(params.alpha, n, score);
      // Simpson's rule on a smooth density: 40,000 steps over less than 100 deviations; deep tails start off the mode.
      if (p_value > 1e-12) expect(Math.abs(p_value / matched - 1)).toBeLessThan(1e-6);
      const exact = exactTail(params.alpha, n, score);
      const isMatched = ![0, 0.5, 1].includes(params.alpha);
      if (!isMatched)
        expect(Math.abs(Math.log(p_value / exact))).toBeLessThan(1e-9 * Math.max(1, -Math.log(exact)));
      // Too small in the tail: a false p-value, by more the further out.
      else if (p_value < 1e-3) expect(p_value).toBeLessThan(exact);
      const { nullLaw } = openDualKey(params).wordScore;
      if (isMatched) {
        expect(nullLaw.kind).toBe('gamma-sum');
        if (nullLaw.kind !== 'gamma-sum') continue;
        expect(nullLaw.weights[0]! + nullLaw.weights[1]!).toBe(1);
        expect(Math.abs(nullLaw.weights[1]! - params.alpha)).toBeLessThanOrEqual(2 ** -27);
      }
    }
  });

  it('agrees with the quadrature of the vectors, and with the closed form at one half', () => {
    const [vector] = FILE.cases<
      object,
      object,
      { rows: { alpha: number; n: number; score: number; vllm_p: number; exact_p: number }[] }
    >('p_value_tail');
    const { rows } = vector!.expected;
    expect(rows.length).toBe(30);
    for (const { alpha, n, score, vllm_p, exact_p } of rows) {
      const exact = exactTail(alpha, n, score);
      if (alpha === 0.5) {
        // X + Y is Gamma(2n, 1): vLLM's value is exact here. The vectors' `exact_p` has a slip, shape n instead of 2n.
        expect(Math.abs(vllm_p / exact - 1)).toBeLessThan(1e-9);
        expect(Math.abs(exact_p / Math.exp(lnGammaTail(2 * score, n)) - 1)).toBeLessThan(1e-9);
      } else {
        // Two quadratures, of 4,000 steps here.
        expect(Math.abs(exact_p / exact - 1)).toBeLessThan(1e-6);
        if (exact < 0.1) expect(vllm_p).toBeLessThan(exact);
      }
    }
  });

  it('finds the mark whichever key drew each token, and nothing with another key', () => {
    const marked = FILE.cases<Keyed, { token_ids: number[] }, Detection>('detect_watermarked');
    for (const { params, inputs } of marked) {
      const mark = openDualKey(params);
      const { scored, sum } = scoreUnique(mark, toIds(inputs.token_ids));
      expect(exactTail(params.alpha, scored, sum / SCALE)).toBeLessThan(1e-25);
      const other = openDualKey({ ...params, key: String((BigInt(params.key) + 1n) % 2n ** 64n) });
      const negative = scoreUnique(other, toIds(inputs.token_ids));
      expect(exactTail(params.alpha, negative.scored, negative.sum / SCALE)).toBeGreaterThan(1e-3);
    }
  });
});

describe('sampling', () => {
  it('draws from key B as often as α says, and detection finds it', () => {
    const alpha = 0.3;
    const key = '9876543210987654321';
    const random = seededRandom('vllm-dual-key response');
    const dual = openMark('vllm-dual-key', { algorithm: 'dual_key_gumbel', key, alpha }, 300);
    const selector = new CandidateSelector(300);
    const sampler = dual.startSampler!(0, random);
    const [onlyA, onlyB] = [0, 1].map((one) =>
      openMark(
        'vllm-dual-key',
        { algorithm: 'dual_key_gumbel', key, alpha: one, deduplicate_contexts: 'none' },
        300,
      ),
    );
    const tokenIds = [1, 2, 3, 4];
    let fromA = 0;
    let fromB = 0;
    for (let i = 0; i < 400; i++) {
      const candidates = selector.select(Float32Array.from({ length: 300 }, () => 3 * random()));
      // Either key's choice asks for no random number but for the coin; a marked step's token is one of the two.
      const choiceA = onlyA!.startSampler!(0, random).choose(tokenIds, candidates);
      const choiceB = onlyB!.startSampler!(0, random).choose(tokenIds, candidates);
      const chosen = sampler.choose(tokenIds, candidates);
      tokenIds.push(chosen);
      if (choiceA === choiceB) continue;
      if (chosen === choiceA) fromA++;
      else if (chosen === choiceB) fromB++;
    }
    const decided = fromA + fromB;
    // Contexts do not repeat among 300^4, so that every step is marked; the two agree in few steps.
    expect(decided).toBeGreaterThan(350);
    // Five standard deviations of a binomial share.
    expect(Math.abs(fromB / decided - alpha)).toBeLessThan(5 * Math.sqrt((alpha * (1 - alpha)) / decided));
    const { scored, sum } = scoreUnique(dual, toIds(tokenIds));
    expect(weightedGammaTail(alpha, scored, sum / SCALE)).toBeLessThan(1e-30);
  });

  it('leaves first tokens and repeated contexts alone', () => {
    const mark = openMark('vllm-dual-key', { algorithm: 'dual_key_gumbel', key: 3, context_width: 2 }, 4);
    const candidates = new CandidateSelector(4).select(new Float32Array(4));
    const last = mark.startSampler!(0, () => 0.999);
    const first = mark.startSampler!(0, () => 0.001);
    for (const tokenIds of [[], [1], [1, 1, 1, 1]]) {
      expect([first.choose(tokenIds, candidates), last.choose(tokenIds, candidates)]).toEqual([0, 3]);
    }
  });
});

it('every kind of case is read', () => {
  expect(FILE.unread()).toEqual([]);
});
