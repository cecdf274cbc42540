import { CandidateSelector, type Candidates, seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { openMark, scoreOf, scoreUnique, VOCABULARY, vllmPositions, wordsAt, wordsIn } from './marks.ts';
import { referenceWords } from './reference-philox.ts';
import { logGammaTail } from './tails.ts';
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

/** The number that the peer samples with, written down once more. */
function peerUniform(word: number): number {
  return Math.fround(((word >>> 8) + 1) / (2 ** 24 + 1));
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
      expect(Array.from(words, peerUniform)).toEqual(expected.uniform);
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
    const { reading } = openMark('vllm-gumbel', { key: 1 });
    for (const [i, word] of vector!.inputs.words.entries()) {
      expect(peerUniform(word)).toBe(vector!.expected.uniform[i]);
      const excess = vector!.expected.score[i]! - reading.score((word & 0xffffff00) >>> 0) / SCALE;
      expect(excess).toBeGreaterThanOrEqual(0);
      expect(excess).toBeLessThan(SCORE_BOUND);
    }
  });

  it('never makes our tail too light: P(r ≥ x) ≤ 1 − x at every level', () => {
    // Levels m / 2^24 are equally likely, so P(r ≥ m / 2^24) = 1 − m / 2^24 exactly, and less between them.
    const { reading } = openMark('vllm-gumbel', { key: 1 });
    for (const m of [0, 1, 2, 1000, 2 ** 23 - 1, 2 ** 23, 2 ** 24 - 2, 2 ** 24 - 1]) {
      const score = reading.score((m << 8) >>> 0) / SCALE;
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
      const scores = Array.from(words, (word) => -Math.log1p(-peerUniform(word)));
      // Two libraries' log1p differ by a few units in the last place.
      for (const [i, score] of (expected.token_scores ?? []).entries()) {
        expect(Math.abs(scores[i]! - score)).toBeLessThanOrEqual(4 * 2 ** -53 * score);
      }
      const excess = expected.score - scoreOf(mark.reading, words) / SCALE;
      expect(excess).toBeGreaterThanOrEqual(-1e-12 * expected.score);
      expect(excess).toBeLessThanOrEqual(positions.length * SCORE_BOUND);
      // The peer sums n terms of the log domain one after another: n roundings of numbers up to |log term| ≤ 10^4.
      const logP = logGammaTail(positions.length, expected.score);
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
      const log10P = logGammaTail(scored, sum / SCALE) * Math.LOG10E;
      if (params.label === 'right_key') expect(log10P).toBeLessThan(-30);
      else expect(log10P).toBeGreaterThan(-2);
    }
  });

  it('reads the peer’s own table of tails', () => {
    const [vector] = FILE.cases<object, object, { score_shape_p: [number, number, number][] }>(
      'gamma_survival',
    );
    for (const [score, shape, p] of vector!.expected.score_shape_p) {
      const logP = logGammaTail(shape, score);
      // Below the smallest double the peer has no p-value left: ours is a logarithm.
      if (p === 0) expect(logP).toBeLessThan(Math.log(Number.MIN_VALUE));
      else expect(Math.abs(Math.log(p) - logP)).toBeLessThan(1e-9 * Math.max(1, -logP));
    }
  });
});

describe('sampling', () => {
  const cases = FILE.cases<
    Keyed,
    { context: number[]; logits?: number[]; a?: number; b?: number; vocab_size?: number },
    { token_id: number; uniform_of_token: number; margin_float64: number }
  >('sample');

  // The peer adds two binary32 numbers below 32: what it compares is off by less than 2^-18.
  const FLOAT32_NOISE = 2 ** -18;

  it('takes the token that the peer takes', () => {
    expect(cases.length).toBe(36);
    const selectors = new Map<number, CandidateSelector>();
    for (const { params, inputs, expected } of cases) {
      const { context } = inputs;
      const logits =
        inputs.logits ??
        Array.from({ length: inputs.vocab_size! }, (_, v) => ((v * inputs.a! + inputs.b!) % 1021) / 64);
      const mark = openMark(
        'vllm-gumbel',
        { key: params.key, context_width: params.context_width },
        logits.length,
      );
      const words = wordsIn(
        mark,
        context,
        logits.map((_, v) => v),
      );
      const noisy = Array.from(words, (word, v) => logits[v]! - Math.log(-Math.log(peerUniform(word))));
      const best = noisy.reduce((winner, value, v) => (value > noisy[winner]! ? v : winner), 0);
      expect(expected.margin_float64).toBeGreaterThan(FLOAT32_NOISE);
      expect(best).toBe(expected.token_id);
      expect(peerUniform(words[best]!)).toBe(expected.uniform_of_token);
      const selector = selectors.get(logits.length) ?? new CandidateSelector(logits.length);
      selectors.set(logits.length, selector);
      const candidates = selector.select(Float32Array.from(logits), { maxCandidates: logits.length });
      const draws = countDraws();
      const chosen = mark.startSampler!(0, draws.random).choose(context, candidates);
      // A padded context is left unmarked: its noise would be the same in every response.
      if (context.includes(-1)) {
        const short = context.filter((id) => id !== -1);
        mark.startSampler!(0, draws.random).choose(short, candidates);
        expect(draws.count).toBeGreaterThan(0);
      } else {
        expect(chosen).toBe(expected.token_id);
        expect(draws.count).toBe(0);
      }
    }
  });

  it('breaks ties as the peer’s kernel does, towards the smaller id', () => {
    const mark = openMark('vllm-gumbel', { key: 99 });
    const context = [1, 2, 3, 4];
    const words = wordsIn(
      mark,
      context,
      Array.from({ length: VOCABULARY }, (_, v) => v),
    );
    const firstOf = new Map<number, number>();
    const pairs: [number, number][] = [];
    for (const [v, word] of words.entries()) {
      const first = firstOf.get(word);
      if (first === undefined) firstOf.set(word, v);
      else pairs.push([first, v]);
    }
    // 200,019 tokens share 2^24 levels: about n² / 2^25 = 1,192 pairs.
    expect(pairs.length).toBeGreaterThan(1000);
    for (const pair of pairs.slice(0, 50)) {
      const candidates: Candidates = {
        count: 2,
        tokenIds: Uint32Array.from(pair),
        probs: Float64Array.of(0.5, 0.5),
        tailMass: 0,
        drawTail: () => Number.NaN,
      };
      expect(mark.startSampler!(0, Math.random).choose(context, candidates)).toBe(pair[0]);
    }
  });

  it('marks the steps that the peer marks, but for padded contexts', () => {
    const masks = FILE.cases<
      { deduplicate_contexts: string; max_history: number | null; context_width: number },
      { prompt: number[]; generated: number[] },
      { mask: string }
    >('generator_repeat_mask');
    expect(masks.length).toBe(6);
    for (const { params, inputs, expected } of masks) {
      const mark = openMark('vllm-gumbel', {
        key: 5,
        context_width: params.context_width,
        deduplicate_contexts: params.deduplicate_contexts,
        deduplicate_contexts_max_history: params.max_history,
      });
      const ours = repeatMask(mark, inputs.prompt, inputs.generated);
      expect(ours.slice(0, params.context_width)).toBe('1'.repeat(params.context_width));
      expect(ours.slice(params.context_width)).toBe(expected.mask.slice(params.context_width));
    }
    const marked = FILE.cases<Keyed, { token_ids: number[] }, Detection>('detect_watermarked');
    for (const { params, inputs, expected } of marked) {
      const mark = openMark('vllm-gumbel', { key: params.key, context_width: params.context_width });
      const ours = repeatMask(mark, [], inputs.token_ids);
      const skipped = Array.from(ours, (bit, i) => (bit === '1' && i >= params.context_width ? i : -1));
      expect(skipped.filter((i) => i >= 0)).toEqual(expected.generator_skipped_positions);
    }
  });

  it('marks every full context if it is told not to look for repeats', () => {
    const mark = openMark('vllm-gumbel', { key: 5, context_width: 2, deduplicate_contexts: 'none' });
    expect(repeatMask(mark, [1, 1], [1, 1, 1, 1, 1])).toBe('11000');
  });

  it('writes what detection finds', () => {
    const random = seededRandom('vllm-gumbel response');
    const mark = openMark('vllm-gumbel', { key: '17000000000000000001' }, 500);
    const sampler = mark.startSampler!(3, random);
    const selector = new CandidateSelector(500);
    const tokenIds = [7, 8, 9];
    for (let i = 0; i < 200; i++) {
      const logits = Float32Array.from({ length: 500 }, () => 6 * random());
      tokenIds.push(sampler.choose(tokenIds, selector.select(logits)));
    }
    const { scored, sum } = scoreUnique(mark, toIds(tokenIds.slice(3)));
    expect(scored).toBe(196);
    expect(logGammaTail(scored, sum / SCALE) * Math.LOG10E).toBeLessThan(-30);
    const other = openMark('vllm-gumbel', { key: '17000000000000000002' }, 500);
    const negative = scoreUnique(other, toIds(tokenIds.slice(3)));
    expect(logGammaTail(negative.scored, negative.sum / SCALE) * Math.LOG10E).toBeGreaterThan(-3);
  });
});

it('every kind of case is read', () => {
  expect(FILE.unread()).toEqual([]);
});

/** Says for each generated token whether its step was sampled plainly: a marked one asks for no random number. */
function repeatMask(mark: ReturnType<typeof openMark>, prompt: number[], generated: number[]): string {
  const candidates: Candidates = {
    count: 2,
    tokenIds: Uint32Array.of(0, 1),
    probs: Float64Array.of(0.5, 0.5),
    tailMass: 0,
    drawTail: () => Number.NaN,
  };
  const draws = countDraws();
  const sampler = mark.startSampler!(prompt.length, draws.random);
  return generated
    .map((_, i) => {
      const before = draws.count;
      sampler.choose([...prompt, ...generated.slice(0, i)], candidates);
      return draws.count > before ? '1' : '0';
    })
    .join('');
}

function countDraws(): { count: number; readonly random: () => number } {
  const draws = {
    count: 0,
    random: () => {
      draws.count++;
      return 0.25;
    },
  };
  return draws;
}
