/** What the embedder marks is what the detector scores, token for token. */
import { Detector, TOKEN_STATUSES } from '@countermark/detector';
import { type StepCounts, seededRandom, Watermarker } from '@countermark/watermark';
import { createScheme, type SchemeParams, type WatermarkKey } from '@countermark/watermark/scheme';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankNaively } from '../sampling/naive-ranking.ts';
import { AT_ONCE } from '../support/mark-at-once.ts';
import { type NaiveToken, naiveScores, naiveTokens, symbolOf } from '../support/naive-document.ts';
import { keyFrom, randomIds, randomLogits, SCHEMES } from '../support/random-key.ts';

/** What the embedder must have counted, read off prompt and response: only the response's own contexts repeat. */
function naiveCounts(
  key: WatermarkKey,
  prompt: readonly number[],
  response: readonly number[],
  surprisals: readonly number[],
  largest: readonly number[],
  { startBits, accountId }: { startBits: number; accountId: string | undefined },
): StepCounts {
  const counts = {
    common: 0,
    account: 0,
    certain: 0,
    free: 0,
    start: 0,
    repeatedContext: 0,
    withoutContext: 0,
  };
  const { contextWidth } = key.params;
  const reach = Math.min(prompt.length, contextWidth);
  const tokens = naiveTokens(key, [...prompt.slice(prompt.length - reach), ...response]).slice(reach);
  let spent = 0;
  for (const [step, token] of tokens.entries()) {
    const isBegun = spent >= startBits;
    if (token.slot === undefined) counts.withoutContext++;
    else if (token.isRepeatedContext) counts.repeatedContext++;
    else if (!isBegun) counts.start++;
    else if (symbolOf(key, token, accountId) === undefined) counts.free++;
    else if (largest[step]! > 1 - 2 ** -10) counts.certain++;
    else if (token.slot === 'common') counts.common++;
    else counts.account++;
    if (!isBegun) spent += surprisals[step]!;
  }
  return counts;
}

function trace(key: WatermarkKey, tokenIds: readonly number[]) {
  const detector = new Detector([key], { minTokens: 1 });
  const traced = detector.report(tokenIds);
  detector.close();
  return traced;
}

function expectTraced(key: WatermarkKey, tokenIds: readonly number[], naive: readonly NaiveToken[]): void {
  const { statuses, scores, detection } = trace(key, tokenIds);
  expect(Array.from(statuses, (status) => TOKEN_STATUSES[status])).toEqual(naive.map(({ status }) => status));
  const expected = naiveScores(createScheme(key.params.scheme), naive);
  expect([...scores]).toEqual(expected);
  expect(detection.statistic.sum).toBe(expected.reduce((sum, score) => sum + score, 0));
}

const scheme: fc.Arbitrary<SchemeParams> = fc.oneof(
  fc.constant({ kind: 'gumbel' } as const),
  fc.record({
    kind: fc.constant('green-list' as const),
    gamma: fc.constantFrom(0.1, 0.25, 0.5, 0.9),
    delta: fc.constantFrom(0.5, 2, 10),
  }),
  fc.record({ kind: fc.constant('tournament' as const), depth: fc.constantFrom(1, 2, 5, 30) }),
);
const setting = fc.record({
  scheme,
  contextWidth: fc.integer({ min: 1, max: 5 }),
  shares: fc.constantFrom([0.5, 0.4], [1, 0], [0, 1], [0.3, 0.3], [0.1, 0.9], [0, 0.5]),
  codeLength: fc.constantFrom(1, 8, 4096),
  vocabSize: fc.constantFrom(2, 3, 7, 50),
  promptLength: fc.integer({ min: 0, max: 8 }),
  length: fc.integer({ min: 0, max: 60 }),
  accountId: fc.option(fc.constantFrom('account-1', 'é', 'x'.repeat(256)), { nil: undefined }),
  sampling: fc.constantFrom({}, { temperature: 0.6 }, { temperature: 1.5, topK: 5 }, { topP: 0.8 }),
  spread: fc.constantFrom(0.1, 2, 8),
  startBits: fc.constantFrom(0, 0.5, 6, 16, 64),
  promptContexts: fc.boolean(),
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
});

describe('Detector.trace on what Watermarker generated', () => {
  it('finds each token as the embedder treated it, with or without the prompt', () => {
    let [marked, atStart] = [0, 0];
    const check = fc.property(setting, (given) => {
      const { shares, vocabSize, accountId, sampling, seed, startBits, promptContexts } = given;
      const [commonShare = 0, accountShare = 0] = shares;
      const { contextWidth, codeLength } = given;
      const key = keyFrom(seed, vocabSize, {
        scheme: given.scheme,
        contextWidth,
        commonShare,
        accountShare,
        codeLength,
      });
      const random = seededRandom(seed);
      const prompt = [...randomIds(random, given.promptLength, vocabSize)];
      const watermarker = new Watermarker(key);
      const generation = watermarker.start({
        prompt,
        sampling,
        random,
        startBits,
        promptContexts,
        ...(accountId === undefined ? {} : { accountId }),
      });
      const surprisals: number[] = [];
      const largest: number[] = [];
      const response = Array.from({ length: given.length }, () => {
        const logits = randomLogits(random, vocabSize, given.spread);
        const tokenId = generation.next(logits);
        const ranked = rankNaively(logits, sampling);
        surprisals.push(-Math.log2(ranked.find(({ id }) => id === tokenId)!.prob));
        largest.push(ranked[0]!.prob);
        return tokenId;
      });
      watermarker.close();

      const before = promptContexts ? prompt : [];
      const expected = naiveCounts(key, before, response, surprisals, largest, { startBits, accountId });
      expect(generation.counts).toEqual(expected);
      const whole = [...prompt, ...response];
      expectTraced(key, whole, naiveTokens(key, whole));
      expectTraced(key, response, naiveTokens(key, response));

      // Steps in common slots are scored, but for tuples that the prompt already had; and so are those of the start.
      const { statuses } = trace(key, [...before, ...response]);
      const scored = TOKEN_STATUSES.indexOf('scored');
      const scoredInResponse = statuses.subarray(before.length).filter((status) => status === scored).length;
      const { common, certain, repeatedContext, start } = generation.counts;
      expect(scoredInResponse).toBeLessThanOrEqual(common + certain + repeatedContext + start);
      if (before.length <= contextWidth) expect(scoredInResponse).toBeGreaterThanOrEqual(common);
      marked += common + generation.counts.account;
      atStart += start;
    });
    fc.assert(check, { seed: 1, numRuns: 300 });
    // Neither kind of step was missing from what agreed.
    expect(Math.min(marked, atStart)).toBeGreaterThan(300);
  });
});

describe.each(SCHEMES)('a response of 600 tokens marked by $kind', (schemeParams) => {
  const vocabSize = 40;
  const accountId = 'account-1';
  const key = keyFrom('mean scores', vocabSize, { scheme: schemeParams, contextWidth: 2 });
  const { score, nullMean, nullDeviation } = createScheme(schemeParams);

  /** z-score of the words of a kind of token: standard normal if they are not marked. */
  function zScore(words: readonly number[]): number {
    const sum = words.reduce((total, word) => total + score(word), 0);
    return (sum - words.length * nullMean) / (nullDeviation * Math.sqrt(words.length));
  }

  function generated(): NaiveToken[] {
    const random = seededRandom(1);
    const watermarker = new Watermarker(key);
    const generation = watermarker.start({ ...AT_ONCE, prompt: [1, 2], accountId, random });
    const response = Array.from({ length: 600 }, () => generation.next(randomLogits(random, vocabSize, 2)));
    watermarker.close();
    return naiveTokens(key, [1, 2, ...response]).slice(2);
  }

  it('scores high on the words that marked it, and on no others', () => {
    const tokens = generated();
    const fresh = tokens.filter(({ isRepeatedContext }) => isRepeatedContext === false);
    const marked = fresh.filter((token) => symbolOf(key, token, accountId) !== undefined);
    const chosen = (token: NaiveToken) => token.words![symbolOf(key, token, accountId)!]!;
    const common = marked.filter(({ slot }) => slot === 'common').map(chosen);
    const account = marked.filter(({ slot }) => slot === 'account').map(chosen);
    // Two-sided one in a million for a normal sum, and about 1e-5 for gumbel's skewed ones.
    expect(zScore(common)).toBeGreaterThan(4.9);
    expect(zScore(account)).toBeGreaterThan(4.9);

    // Other words of marked tokens, and all words of plainly sampled ones, are independent of the choice.
    const other = marked.map((token) => token.words![(symbolOf(key, token, accountId)! + 1) % 16]!);
    const plain = fresh.filter(({ slot }) => slot === 'free').map(({ words }) => words![0]!);
    expect(plain.length).toBeGreaterThan(20);
    expect(Math.abs(zScore(other))).toBeLessThan(4.9);
    expect(Math.abs(zScore(plain))).toBeLessThan(4.9);
  });
});
