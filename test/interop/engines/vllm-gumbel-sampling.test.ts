import { CandidateSelector, type Candidates, seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { lnGammaTail } from '../tails.ts';
import { openMark, scoreUnique, VOCABULARY, vllmUniform, wordsIn } from './marks.ts';
import { toIds, VectorFile } from './vectors.ts';

const FILE = new VectorFile('vllm_gumbel');
const SCALE = 2 ** 20;

interface Keyed {
  readonly key: string;
  readonly context_width: number;
}

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
      const noisy = Array.from(words, (word, v) => logits[v]! - Math.log(-Math.log(vllmUniform(word))));
      const best = noisy.reduce((winner, value, v) => (value > noisy[winner]! ? v : winner), 0);
      expect(expected.margin_float64).toBeGreaterThan(FLOAT32_NOISE);
      expect(best).toBe(expected.token_id);
      expect(vllmUniform(words[best]!)).toBe(expected.uniform_of_token);
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
    const marked = FILE.cases<Keyed, { token_ids: number[] }, { generator_skipped_positions: number[] }>(
      'detect_watermarked',
    );
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
    expect(lnGammaTail(sum / SCALE, scored) * Math.LOG10E).toBeLessThan(-30);
    const other = openMark('vllm-gumbel', { key: '17000000000000000002' }, 500);
    const negative = scoreUnique(other, toIds(tokenIds.slice(3)));
    expect(lnGammaTail(negative.sum / SCALE, negative.scored) * Math.LOG10E).toBeGreaterThan(-3);
  });
});

it('every kind of case is read', () => {
  // The others are read where words and detection are tested.
  expect(FILE.unread()).toEqual(['prf', 'prf_stream', 'word_to_uniform', 'detect_null', 'gamma_survival']);
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
