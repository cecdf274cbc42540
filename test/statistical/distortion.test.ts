/** The first token of an answer, over keys, has the model's own distribution. */
import { gammaTailLog10 } from '@countermark/detector/stats';
import { DEMO_PROMPTS } from '@countermark/fixtures';
import {
  CandidateSelector,
  type SamplingSettings,
  type SchemeParams,
  seededRandom,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Demo, openDemo, SETTINGS } from '../support/demo.ts';
import { AT_ONCE } from '../support/mark-at-once.ts';

const KEYS = 10_000;
// The chi-square approximation wants this many expected draws in a bin.
const LEAST_EXPECTED = 10;

let demo: Demo;
beforeAll(async () => {
  demo = await openDemo();
});
afterAll(() => demo.close());

describe.each(SETTINGS)('the first token of the demo model at %s, over 10,000 keys', (_, sampling) => {
  it.each<[string, SchemeParams]>([
    ['gumbel', { kind: 'gumbel' }],
    ['tournament', { kind: 'tournament', depth: 30 }],
  ])('is distributed under %s as without a mark', async (_name, scheme) => {
    expect(await chiSquareLog10(scheme, sampling)).toBeGreaterThan(-6);
  });

  it('is not over ten keys alone: the test can fail', async () => {
    expect(await chiSquareLog10({ kind: 'gumbel' }, sampling, 10)).toBeLessThan(-6);
  });
});

/**
 * Returns log10 of the p-value of Pearson's chi-square between drawn and expected counts.
 *
 * @param keys how many keys the draws are spread over: with one key alone every scheme fails.
 */
async function chiSquareLog10(
  scheme: SchemeParams,
  sampling: SamplingSettings,
  keys: number = KEYS,
): Promise<number> {
  const prompt = demo.tokenizer.encode(DEMO_PROMPTS[0]!);
  const sequence = demo.model.open();
  const logits = Float32Array.from(await sequence.append(prompt));
  await sequence.close();
  const random = seededRandom(1);
  const drawn = new Map<number, number>();
  // Every context is marked, so that plain steps dilute nothing.
  const params = demo.params({ scheme, commonShare: 1, accountShare: 0 });
  for (let i = 0; i < keys; i++) {
    const secret = Uint8Array.from({ length: 32 }, () => Math.floor(256 * random()));
    const watermarker = new Watermarker(new WatermarkKey(params, secret));
    for (let draw = 0; draw < KEYS / keys; draw++) {
      const tokenId = watermarker.start({ ...AT_ONCE, prompt, sampling, random }).next(logits);
      drawn.set(tokenId, (drawn.get(tokenId) ?? 0) + 1);
    }
    watermarker.close();
  }
  const { probs, tokenIds, count } = new CandidateSelector(demo.tokenizer.vocabSize).select(logits, sampling);
  const bins: { expected: number; observed: number }[] = [];
  let rest = { expected: KEYS, observed: KEYS };
  for (let i = 0; i < count; i++) {
    const expected = KEYS * probs[i]!;
    if (expected < LEAST_EXPECTED) break;
    const observed = drawn.get(tokenIds[i]!) ?? 0;
    bins.push({ expected, observed });
    rest = { expected: rest.expected - expected, observed: rest.observed - observed };
  }
  if (rest.expected >= LEAST_EXPECTED) bins.push(rest);
  // Chi-square with an even number 2m of degrees is twice a Gamma(m, 1): merge the last two bins if need be.
  if (bins.length % 2 === 0) {
    const last = bins.pop()!;
    const previous = bins.pop()!;
    bins.push({ expected: last.expected + previous.expected, observed: last.observed + previous.observed });
  }
  expect(bins.length).toBeGreaterThanOrEqual(3);
  const statistic = bins.reduce((sum, bin) => sum + (bin.observed - bin.expected) ** 2 / bin.expected, 0);
  return gammaTailLog10((bins.length - 1) / 2, statistic / 2);
}
