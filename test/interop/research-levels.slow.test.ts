/**
 * How often unmarked text is flagged, over random keys of the peers' own hashes; and where what the peers compute fails.
 *
 * A share of trials may exceed a level by 4.9 standard errors: one seed in a million does. What fails does so by more.
 */

import { seededRandom } from '@countermark/watermark';
import {
  type ForeignMark,
  TEXTSEAL_GREEN_LIST,
  TEXTSEAL_GUMBEL,
  TEXTSEAL_SYNTHID,
  THREE_BRICKS_GREEN_LIST,
  THREE_BRICKS_GUMBEL,
} from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { bitsTails, lnBinomialTail, lnGammaTail } from './tails.ts';
import { peerPositions, scoreOf, uniquePositions, wordsAt } from './unique-tuples.ts';

const VOCABULARY = 32_000;
const SCALE = 2 ** 20;
const LEVELS = 8191;
// Random keys have as many bits as the key that they are drawn like.
const MOST = Number.MAX_SAFE_INTEGER;

/** Share of trials with p ≤ alpha. */
function share(pValues: readonly number[], alpha: number): number {
  return pValues.filter((p) => p <= alpha * (1 + 1e-9)).length / pValues.length;
}

function spread(alpha: number, trials: number): number {
  return 4.9 * Math.sqrt((alpha * (1 - alpha)) / trials);
}

function expectLevel(pValues: readonly number[]): void {
  for (const alpha of [0.2, 0.1, 0.05, 0.01]) {
    expect(share(pValues, alpha)).toBeLessThanOrEqual(alpha + spread(alpha, pValues.length));
  }
}

function expectFailure(pValues: readonly number[], alpha: number): void {
  expect(share(pValues, alpha)).toBeGreaterThan(alpha + spread(alpha, pValues.length));
}

/** Opens `trials` marks under random keys, and gives each to a p-value or several. */
function overKeys<Config, P>(
  profile: {
    open(config: Config, vocabSize: number): ForeignMark;
    redraw(config: Config, bytes: (length: number) => Uint8Array): Config;
  },
  config: Config,
  trials: number,
  pValue: (mark: ReturnType<typeof profile.open>) => P,
): P[] {
  const random = seededRandom(1);
  const bytes = (length: number) => Uint8Array.from({ length }, () => Math.floor(random() * 256));
  return Array.from({ length: trials }, () => {
    const mark = profile.open(profile.redraw(config, bytes), VOCABULARY);
    const p = pValue(mark);
    mark.source.close();
    return p;
  });
}

/** Sum over all positions that the peer scores when nothing is dropped. */
function repeatedSum(mark: ForeignMark, text: Uint32Array): { sum: number; scored: number } {
  const positions = peerPositions([...text], mark.source.contextWidth, 'none');
  const words = wordsAt(mark, text, positions);
  return { sum: mark.wordScore.sumScores(words, words.length), scored: words.length };
}

/** Ids of an unmarked text without a repeat. */
function plainText(length: number): Uint32Array {
  return Uint32Array.from({ length }, (_, i) => (1 + i * 7919) % VOCABULARY);
}

/** A phrase of eleven tokens, and again and again. */
const PHRASES = Uint32Array.from({ length: 132 }, (_, i) => 100 + (((i % 11) * 997) % 5003));

const binomial = ({ sum, scored }: { sum: number; scored: number }, share: number): number =>
  Math.exp(lnBinomialTail(sum, scored, share));
const gamma = ({ sum, scored }: { sum: number; scored: number }): number =>
  Math.exp(lnGammaTail(sum / SCALE, scored));

describe('textseal greenlist', () => {
  const config = TEXTSEAL_GREEN_LIST.config.parse({
    watermark_type: 'greenlist',
    secret_key: MOST,
    ngram: 2,
  });
  const greenShare = 4096 / LEVELS;

  it('keeps its level on plain and on repeated text', () => {
    for (const text of [plainText(60), PHRASES]) {
      expectLevel(
        overKeys(TEXTSEAL_GREEN_LIST, config, 2000, (mark) => binomial(scoreOf(mark, text), greenShare)),
      );
    }
  });

  it('would not, if repeats were counted as the peer counts them without a set', () => {
    const pValues = overKeys(TEXTSEAL_GREEN_LIST, config, 2000, (mark) =>
      binomial(repeatedSum(mark, PHRASES), 0.5),
    );
    expect(share(pValues, 0.01)).toBeGreaterThan(0.1);
  });

  it('would not, with a mid-p value', () => {
    const midP = ({ sum, scored }: { sum: number; scored: number }): number =>
      (binomial({ sum, scored }, 0.5) + binomial({ sum: sum + 1, scored }, 0.5)) / 2;
    const pValues = overKeys(TEXTSEAL_GREEN_LIST, config, 4000, (mark) => midP(scoreOf(mark, plainText(22))));
    // 13 of 20 or more: a mid-p value of 0.095, and a probability of 0.132.
    expectFailure(pValues, midP({ sum: 13, scored: 20 }));
  });
});

describe('textseal gumbelmax', () => {
  const config = TEXTSEAL_GUMBEL.config.parse({ watermark_type: 'gumbelmax', secret_key: MOST, ngram: 2 });

  it('keeps its level on plain and on repeated text', () => {
    for (const text of [plainText(60), PHRASES]) {
      expectLevel(overKeys(TEXTSEAL_GUMBEL, config, 2000, (mark) => gamma(scoreOf(mark, text))));
    }
  });

  it('would not, if repeats were counted', () => {
    const pValues = overKeys(TEXTSEAL_GUMBEL, config, 2000, (mark) => gamma(repeatedSum(mark, PHRASES)));
    expect(share(pValues, 0.01)).toBeGreaterThan(0.1);
  });

  it('has scores whose law is below the exponential one at every level', () => {
    const { wordScore } = TEXTSEAL_GUMBEL.open(config, VOCABULARY);
    // P(score ≥ s) = (8191 − k) / 8191 for the score s of level k, at most e^−s.
    for (let level = 0; level < LEVELS; level++) {
      const score = wordScore.score(Math.floor((level * 2 ** 32) / LEVELS)) / SCALE;
      expect((LEVELS - level) / LEVELS).toBeLessThanOrEqual(Math.exp(-score) * (1 + 1e-12));
    }
  });
});

describe('the function of textseal', () => {
  it('correlates keys, so that a p-value under one says nothing of text that has the mark of another', () => {
    const config = TEXTSEAL_GREEN_LIST.config.parse({
      watermark_type: 'greenlist',
      secret_key: MOST,
      ngram: 2,
    });
    const positions = Uint32Array.from({ length: 20_000 }, (_, i) => i + 2);
    const text = Uint32Array.from({ length: 20_002 }, (_, i) => (i * 7919 + ((i * i) % 1013)) % VOCABULARY);
    const wordsOf = (mark: ForeignMark) => wordsAt(mark, text, positions);
    const own = wordsOf(TEXTSEAL_GREEN_LIST.open({ ...config, secret_key: 5 }, VOCABULARY));
    const correlations = overKeys(TEXTSEAL_GREEN_LIST, config, 100, (mark) => {
      const agree = wordsOf(mark).reduce((sum, word, i) => sum + (word === own[i] ? 1 : -1), 0);
      return agree / positions.length;
    });
    const meanSquare = correlations.reduce((sum, each) => sum + each * each, 0) / correlations.length;
    // Independent draws: 1 / 20,000 with a relative spread of sqrt(2 / 100). Here it is more than five times that.
    expect(meanSquare * positions.length).toBeGreaterThan(1 + 4.9 * Math.sqrt(2 / 100));
    expect(meanSquare * positions.length).toBeGreaterThan(5);
    // Of three_bricks' lists it is not.
    const lists = THREE_BRICKS_GUMBEL.config.parse({
      detector: 'openai',
      ngram: 2,
      seed: MOST,
      salt_key: MOST,
    });
    const few = { text: plainText(402), positions: Uint32Array.from({ length: 400 }, (_, i) => i + 2) };
    const below = (mark: ForeignMark) =>
      wordsAt(mark, few.text, few.positions).map((word) => (word < 2 ** 31 ? 1 : 0));
    const first = below(THREE_BRICKS_GUMBEL.open({ ...lists, seed: 5 }, VOCABULARY));
    const others = overKeys(THREE_BRICKS_GUMBEL, lists, 100, (mark) => {
      const agree = below(mark).reduce((sum, word, i) => sum + (word === first[i] ? 1 : -1), 0);
      return agree ** 2 / 400;
    });
    const mean = others.reduce((sum, each) => sum + each, 0) / others.length;
    expect(Math.abs(mean - 1)).toBeLessThan(4.9 * Math.sqrt(2 / 100));
  });
});

describe.each(['synthid', 'synthid-weighted'] as const)('textseal %s', (type) => {
  const config = TEXTSEAL_SYNTHID.config.parse({
    watermark_type: type,
    secret_key: MOST,
    ngram: 1,
    depth: 5,
    synthid_round_stride: 1,
  });
  const weights = type === 'synthid' ? [1, 1, 1, 1, 1] : [40, 31, 22, 13, 4];
  // In one context, numbers one after the other: their layers are shared.
  const counting = Uint32Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? 29 : 600 + i / 2));
  const tails = new Map<number, Float64Array>();
  const tail = ({ sum, scored }: { sum: number; scored: number }): number => {
    const known = tails.get(scored) ?? bitsTails(weights, scored, 4096 / LEVELS);
    tails.set(scored, known);
    return known[sum]!;
  };

  it('keeps its level where tokens share layers', () => {
    expectLevel(overKeys(TEXTSEAL_SYNTHID, config, 1500, (mark) => tail(scoreOf(mark, counting))));
    expectLevel(overKeys(TEXTSEAL_SYNTHID, config, 1500, (mark) => tail(scoreOf(mark, plainText(40)))));
  });

  it('would not, if all of them were counted as the peer does', () => {
    const all = (mark: ForeignMark) => {
      const ids = Uint32Array.from({ length: 40 }, (_, i) => 600 + i);
      const words = new Uint32Array(40);
      mark.source.candidateWords(Uint32Array.of(29), ids, 0, words);
      return { sum: mark.wordScore.sumScores(words, 40), scored: 40 };
    };
    const pValues = overKeys(TEXTSEAL_SYNTHID, config, 1500, (mark) => tail(all(mark)));
    expect(share(pValues, 0.01)).toBeGreaterThan(0.05);
  });
});

describe('three_bricks', () => {
  const openai = THREE_BRICKS_GUMBEL.config.parse({ detector: 'openai', ngram: 2 });
  const maryland = THREE_BRICKS_GREEN_LIST.config.parse({ detector: 'maryland', ngram: 2, gamma: 0.25 });
  const text = plainText(24);

  it('keeps its level with numbers of torch, on plain and on repeated text', () => {
    for (const each of [text, PHRASES.subarray(0, 60)]) {
      expectLevel(overKeys(THREE_BRICKS_GUMBEL, openai, 500, (mark) => gamma(scoreOf(mark, each))));
    }
  });

  it('would not, if repeats were counted', () => {
    const repeated = PHRASES.subarray(0, 60);
    expectFailure(
      overKeys(THREE_BRICKS_GUMBEL, openai, 500, (mark) => gamma(repeatedSum(mark, repeated))),
      0.05,
    );
  });

  it('would not, with the best of several payloads and no correction; and does with one', () => {
    const best = overKeys(THREE_BRICKS_GUMBEL, openai, 300, (opened) => {
      const mark = opened as ReturnType<typeof THREE_BRICKS_GUMBEL.open>;
      const positions = uniquePositions(mark, text);
      const sums = mark.payloads(text, positions, 8);
      return Math.min(...Array.from(sums, (sum) => gamma({ sum, scored: positions.length })));
    });
    expectLevel(best.map((p) => Math.min(1, 8 * p)));
    expectFailure(best, 0.1);
  });

  it('keeps its level with lists of torch', () => {
    // Each context comes once, so that no two tokens are on one list: the law is binomial.
    expectLevel(
      overKeys(THREE_BRICKS_GREEN_LIST, maryland, 400, (mark) => binomial(scoreOf(mark, text), 0.25)),
    );
  });
});
