import { describe, expect, it } from 'vitest';
import { lnGammaTail } from '../tails.ts';
import { openMark, scoreOf, scoreUnique, vllmPositions, vllmUniform, wordsAt, wordsIn } from './marks.ts';
import { referenceWords } from './reference-philox.ts';
import { toIds, VectorFile } from './vectors.ts';

const FILE = new VectorFile('vllm_gumbel');
const SCALE = 2 ** 20;

// The peer's score of a token less ours. Ours is ⌊2^20 s(m / 2^24)⌋ / 2^20, which is below s by less than 2^-20. With u the
// peer's binary32 of (m + 1) / (2^24 + 1): from one half on u is m / 2^24 itself; below, u exceeds it by at most
// 2^-24, and by 2^-26 of rounding, which the logarithm's slope of at most 2 doubles.
const SCORE_BOUND = 2 ** -20 + 2 ** -23 + 2 ** -25;

interface Keyed {
  readonly key: string;
  readonly context_width: number;
}
interface Detection {
  readonly score: number;
  readonly p_value: number;
  readonly num_scored_tokens: number;
  readonly is_watermarked: boolean;
  readonly token_scores?: readonly number[];
  readonly generator_skipped_positions?: readonly number[];
}

/** Opens the profile that hands out whole words: the same Philox as that of `vllm-gumbel`. */
function openWords({ key, context_width }: Keyed): ReturnType<typeof openMark> {
  return openMark('vllm-synthid', { algorithm: 'synthid', key, context_width });
}

describe('the words of vLLM', () => {
  const cases = FILE.cases<
    Keyed,
    { context: number[]; token_ids: number[] },
    { states_per_block: number[][]; words: number[]; uniform: number[] }
  >('prf');

  it(`are drawn as there in all ${cases.length} cases`, () => {
    expect(cases.length).toBe(136);
    for (const { params, inputs, expected } of cases) {
      const mark = openWords(params);
      const words = wordsIn(mark, inputs.context, inputs.token_ids);
      expect([...words], JSON.stringify(params.context_width)).toEqual(expected.words);
      expect(Array.from(words, vllmUniform)).toEqual(expected.uniform);
      // The salt is the first half of the state after the last block of four ids.
      const header = new Uint32Array(4);
      mark.source.contextHeader(toIds(inputs.context), header);
      expect([...header]).toEqual([0, 0, ...expected.states_per_block.at(-1)!.slice(0, 2)]);
      const gumbel = openMark('vllm-gumbel', { key: params.key, context_width: params.context_width });
      const upper = expected.words.map((word) => (word & 0xffffff00) >>> 0);
      expect([...wordsIn(gumbel, inputs.context, inputs.token_ids)]).toEqual(upper);
    }
  });

  it('have streams of their own where one is named', () => {
    const streams = FILE.cases<
      Keyed & { stream: string },
      { context: number[]; token_ids: number[] },
      { words: number[] }
    >('prf_stream');
    expect(streams.length).toBe(4);
    for (const { params, inputs, expected } of streams) {
      const streamed = (stream: bigint): number[] =>
        referenceWords(BigInt(params.key), inputs.context, inputs.token_ids, stream);
      // The profile's own stream is another one than the vectors': both are checked against the definition.
      expect(streamed(BigInt(params.stream))).toEqual(expected.words);
      const own = openMark('vllm-synthid-stream', {
        algorithm: 'synthid_text',
        key: params.key,
        context_width: params.context_width,
      });
      const plain = openWords(params);
      const ours = wordsIn(own, inputs.context, inputs.token_ids);
      expect([...ours]).not.toEqual([...wordsIn(plain, inputs.context, inputs.token_ids)]);
      expect([...ours]).toEqual(streamed(0x53594e54_00000000n));
    }
  });
});

describe('the score of vLLM', () => {
  it('exceeds ours by less than the bound, whatever the word', () => {
    const [vector] = FILE.cases<object, { words: number[] }, { uniform: number[]; score: number[] }>(
      'word_to_uniform',
    );
    const { wordScore } = openMark('vllm-gumbel', { key: 1 });
    for (const [i, word] of vector!.inputs.words.entries()) {
      expect(vllmUniform(word)).toBe(vector!.expected.uniform[i]);
      const excess = vector!.expected.score[i]! - wordScore.score((word & 0xffffff00) >>> 0) / SCALE;
      expect(excess).toBeGreaterThanOrEqual(0);
      expect(excess).toBeLessThan(SCORE_BOUND);
    }
  });

  it('never makes our tail too light: P(r ≥ x) ≤ 1 − x at every level', () => {
    // Levels m / 2^24 are equally likely, so P(r ≥ m / 2^24) = 1 − m / 2^24 exactly, and less between them.
    const { wordScore } = openMark('vllm-gumbel', { key: 1 });
    for (const m of [0, 1, 2, 1000, 2 ** 23 - 1, 2 ** 23, 2 ** 24 - 2, 2 ** 24 - 1]) {
      const score = wordScore.score((m << 8) >>> 0) / SCALE;
      expect(Math.exp(-score)).toBeGreaterThanOrEqual(1 - m / 2 ** 24);
    }
  });
});

describe('detection', () => {
  const kinds = ['detect_null', 'detect_watermarked'] as const;
  const cases = kinds.flatMap((kind) =>
    FILE.cases<
      Keyed & { deduplicate_contexts: boolean; p_value_threshold: number; label?: string },
      { token_ids: number[] },
      Detection
    >(kind),
  );

  it('scores what the peer scores, and its p-value is a Gamma tail', () => {
    expect(cases.length).toBe(132);
    for (const { params, inputs, expected } of cases) {
      const mark = openMark('vllm-gumbel', { key: params.key, context_width: params.context_width });
      const { sequence, positions } = vllmPositions(
        inputs.token_ids,
        params.context_width,
        params.deduplicate_contexts,
      );
      const words = wordsAt(mark, sequence, positions);
      expect(positions.length).toBe(expected.num_scored_tokens);
      const scores = Array.from(words, (word) => -Math.log1p(-vllmUniform(word)));
      // Two libraries' log1p differ by a few units in the last place.
      for (const [i, score] of (expected.token_scores ?? []).entries()) {
        expect(Math.abs(scores[i]! - score)).toBeLessThanOrEqual(4 * 2 ** -53 * score);
      }
      const excess = expected.score - scoreOf(mark.wordScore, words) / SCALE;
      expect(excess).toBeGreaterThanOrEqual(-1e-12 * expected.score);
      expect(excess).toBeLessThanOrEqual(positions.length * SCORE_BOUND);
      // The peer sums n terms of the log domain one after another: n roundings of numbers up to |log term| ≤ 10^4.
      const logP = lnGammaTail(expected.score, positions.length);
      expect(Math.abs(Math.log(expected.p_value) - logP)).toBeLessThan(1e-9 * Math.max(1, -logP));
      expect(expected.is_watermarked).toBe(
        positions.length > 0 && Math.exp(logP) <= params.p_value_threshold,
      );
    }
  });

  it('leaves out what the peer pads, and counts a tuple once', () => {
    for (const { params, inputs } of cases) {
      const mark = openMark('vllm-gumbel', { key: params.key, context_width: params.context_width });
      const width = params.context_width;
      const { scored } = scoreUnique(mark, toIds(inputs.token_ids));
      const tuples = new Set<string>();
      for (let i = width; i < inputs.token_ids.length; i++) {
        tuples.add(inputs.token_ids.slice(i - width, i + 1).join());
      }
      expect(scored).toBe(tuples.size);
    }
  });

  it('finds the mark with the right key only', () => {
    const marked = FILE.cases<Keyed & { label: string }, { token_ids: number[] }, Detection>(
      'detect_watermarked',
    );
    for (const { params, inputs } of marked) {
      const mark = openMark('vllm-gumbel', { key: params.key, context_width: params.context_width });
      const { scored, sum } = scoreUnique(mark, toIds(inputs.token_ids));
      const log10P = lnGammaTail(sum / SCALE, scored) * Math.LOG10E;
      if (params.label === 'right_key') expect(log10P).toBeLessThan(-30);
      else expect(log10P).toBeGreaterThan(-2);
    }
  });

  it('reads the peer’s own table of tails', () => {
    const [vector] = FILE.cases<object, object, { score_shape_p: [number, number, number][] }>(
      'gamma_survival',
    );
    for (const [score, shape, p] of vector!.expected.score_shape_p) {
      const logP = lnGammaTail(score, shape);
      // Below the smallest double the peer has no p-value left: ours is a logarithm.
      if (p === 0) expect(logP).toBeLessThan(Math.log(Number.MIN_VALUE));
      else expect(Math.abs(Math.log(p) - logP)).toBeLessThan(1e-9 * Math.max(1, -logP));
    }
  });
});

it('every kind of case is read', () => {
  // The others are read where sampling is tested.
  expect(FILE.unread()).toEqual(['sample', 'generator_repeat_mask']);
});
