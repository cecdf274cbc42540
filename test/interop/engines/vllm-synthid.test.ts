import { weightedBitsTailLog10 } from '@countermark/detector/stats';
import { CandidateSelector, seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { fairTail } from '../tails.ts';
import { openMark, scoreOf, scoreUnique, vllmPositions, wordsAt, wordsIn } from './marks.ts';
import { toIds, toNumber, VectorFile } from './vectors.ts';

const FILE = new VectorFile('vllm_synthid');

interface Keyed {
  readonly key: string;
  readonly context_width: number;
  readonly depth: number;
}

function openSynthid({ key, context_width, depth }: Keyed, vocabSize?: number): ReturnType<typeof openMark> {
  return openMark('vllm-synthid', { algorithm: 'synthid', key, context_width, depth }, vocabSize);
}

describe('the tournament of vLLM', () => {
  const cases = FILE.cases<
    Keyed,
    { context: number[]; logits: (number | string)[] },
    { words: number[]; probs: number[]; log_probs: (number | string)[] }
  >('logits');

  it('gives the same words and probabilities', () => {
    expect(cases.length).toBe(16);
    for (const { params, inputs, expected } of cases) {
      const size = inputs.logits.length;
      const mark = openSynthid(params, size);
      expect([
        ...wordsIn(
          mark,
          inputs.context,
          inputs.logits.map((_, v) => v),
        ),
      ]).toEqual(expected.words);
      const logits = Float64Array.from(inputs.logits, toNumber);
      mark.startProcessor!(0).process(inputs.context, logits);
      for (let v = 0; v < size; v++) {
        const peer = expected.probs[v]!;
        const prob = Math.exp(logits[v]!);
        // A layer's factor 1 + g − mass has an absolute error of a few units of 2^-53, which is all there is of it where
        // the mass is nearly 1; so the error of a probability is absolute in the last layers' scale.
        expect(Math.abs(prob - peer)).toBeLessThanOrEqual(1e-13 * peer + 1e-15);
        // What came to 0, or below it by rounding, is never drawn; the peer writes the smallest finite number there.
        if (toNumber(expected.log_probs[v]!) === -Number.MAX_VALUE) expect(prob).toBeLessThan(1e-30);
        else if (peer > 1e-9)
          expect(Math.abs(logits[v]! - toNumber(expected.log_probs[v]!))).toBeLessThan(2e-6);
      }
    }
  });

  it('leaves masked tokens out, and logits alone where nothing is marked', () => {
    const mark = openMark('vllm-synthid', { algorithm: 'synthid', key: 8, context_width: 2 }, 4);
    const processor = mark.startProcessor!(1);
    const logits = Float32Array.of(1, -Infinity, 2, 0);
    processor.process([9, 3], logits);
    expect([...logits]).toEqual([1, -Infinity, 2, 0]);
    processor.process([9, 3, 2, 3, 2, 3, 2], logits);
    expect([...logits]).toEqual([1, -Infinity, 2, 0]);
    processor.process([9, 3, 2], logits);
    expect(logits[1]).toBe(-Infinity);
    expect(logits[0]).not.toBe(1);
    // Probabilities again: binary32 logarithms of numbers up to 1.
    expect(Math.abs(logits.reduce((sum, value) => sum + Math.exp(value), 0) - 1)).toBeLessThan(4 * 2 ** -22);
  });
});

describe('detection', () => {
  const cases = FILE.cases<
    Keyed,
    { token_ids: number[] },
    { score: number; p_value: number; num_scored_tokens: number; is_watermarked: boolean; g_bits?: string[] }
  >('detect_null');

  it('counts the bits that the peer counts, and its p-value is a fair binomial tail', () => {
    expect(cases.length).toBe(64);
    for (const { params, inputs, expected } of cases) {
      const mark = openSynthid(params);
      const { sequence, positions } = vllmPositions(inputs.token_ids, params.context_width, true);
      const words = wordsAt(mark, sequence, positions);
      const trials = positions.length * params.depth;
      expect(positions.length).toBe(expected.num_scored_tokens);
      const hits = scoreOf(mark.wordScore, words);
      expect(hits).toBe(Math.round(expected.score * trials));
      for (const [i, bits] of (expected.g_bits ?? []).entries()) {
        const ours = Array.from(bits, (_, layer) => (words[i]! >>> layer) & 1);
        expect(ours.join('')).toBe(bits);
        expect(mark.wordScore.score(words[i]!)).toBe(bits.replaceAll('0', '').length);
      }
      expect(Math.abs(expected.p_value - fairTail(hits, trials))).toBeLessThan(peerError(trials));
      const weights = new Uint32Array(params.depth).fill(1);
      expect(mark.wordScore.nullLaw).toEqual({ kind: 'weighted-bits', weights });
      // The detector's tail of that law: relative error 1e-10 of the logarithm, and 1e-15 of the exact share taken here.
      const log10P = Math.log10(fairTail(hits, trials));
      const error = weightedBitsTailLog10(weights, positions.length, hits) - log10P;
      expect(Math.abs(error)).toBeLessThanOrEqual(1e-10 * Math.abs(log10P) + 1e-15);
    }
  });

  it('has the peer’s own table of tails', () => {
    const [vector] = FILE.cases<
      object,
      object,
      { hits_trials_vllm_scipy: [number, number, number, number][] }
    >('binomial_survival');
    for (const [hits, trials, vllm, scipy] of vector!.expected.hits_trials_vllm_scipy) {
      // Counts of 200,000 bits take too long; scipy's incomplete beta function stands in, good to 1e-12.
      const exact = trials <= 20_000 ? fairTail(hits, trials) : scipy;
      expect(Math.abs(scipy - exact)).toBeLessThanOrEqual(1e-10 * exact);
      expect(Math.abs(vllm - exact)).toBeLessThanOrEqual(peerError(trials) * Math.min(1, 2 * exact) + 1e-15);
    }
  });

  it('scores the words of a depth below 32 without the bits above', () => {
    for (const depth of [1, 5, 31, 32]) {
      const { wordScore } = openSynthid({ key: '1', context_width: 4, depth });
      expect(wordScore.score(0xffffffff)).toBe(depth);
      expect(wordScore.score(2 ** 32 - 2 ** Math.min(31, depth))).toBe(depth === 32 ? 1 : 0);
      expect([wordScore.nullMean, wordScore.nullDeviation ** 2]).toEqual([
        depth / 2,
        expect.closeTo(depth / 4, 12),
      ]);
    }
  });
});

describe('writing', () => {
  it.each([
    ['vllm-synthid', 'synthid'],
    ['vllm-synthid-stream', 'synthid_text'],
  ])('%s is found with its key only, and not by the other profile', (name, algorithm) => {
    const random = seededRandom(`${name} response`);
    const config = { algorithm, key: '0xabcdef0123456789', depth: 30 };
    const mark = openMark(name, config, 200);
    const selector = new CandidateSelector(200);
    const sampler = mark.startSampler!(0, random);
    const tokenIds: number[] = [];
    for (let i = 0; i < 250; i++) {
      tokenIds.push(
        sampler.choose(tokenIds, selector.select(Float32Array.from({ length: 200 }, () => 3 * random()))),
      );
    }
    const pOf = (tested: ReturnType<typeof openMark>): number => {
      const { scored, sum } = scoreUnique(tested, toIds(tokenIds));
      return fairTail(sum, 30 * scored);
    };
    expect(pOf(mark)).toBeLessThan(1e-20);
    expect(pOf(openMark(name, { ...config, key: '0xabcdef0123456788' }, 200))).toBeGreaterThan(1e-3);
    const other = name === 'vllm-synthid' ? 'vllm-synthid-stream' : 'vllm-synthid';
    expect(pOf(openMark(other, { ...config, algorithm: 'synthid_text' }, 200))).toBeGreaterThan(1e-3);
  });
});

it('every kind of case is read', () => {
  expect(FILE.unread()).toEqual([]);
});

// The peer takes differences of ln Γ(n + 1) ≈ n ln n: half a unit in the last place of each of three, and one from the complement
// where it takes it.
function peerError(trials: number): number {
  return 4 * 2 ** -53 * (trials * Math.log(trials + 1) + 4);
}
