/** The model that plans rest on, against marked answers of the demo model at the entropy that they had. */
import { Detector, TOKEN_STATUSES } from '@countermark/detector';
import { nextTokenMix } from '@countermark/detector/plan';
import { DEMO_PROMPTS } from '@countermark/fixtures';
import {
  CandidateSelector,
  generateTokens,
  type SamplingSettings,
  type SchemeParams,
  seededRandom,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import { createScheme } from '@countermark/watermark/scheme';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Demo, openDemo, SETTINGS } from '../support/demo.ts';
import { AT_ONCE } from '../support/mark-at-once.ts';
import { digamma } from '../support/polygamma.ts';
import { secretFrom } from '../support/random-key.ts';

const ANSWERS = 20;
const TOKENS = 100;
// Answers behind each row of the table that plans read: its own error adds to the sample's.
const TABLE_ANSWERS = 80;
const DEVIATIONS = 4.9;

let demo: Demo;
beforeAll(async () => {
  demo = await openDemo();
});
afterAll(() => demo.close());

describe.each(SETTINGS)('the mean score of marked answers at %s', (_, sampling) => {
  it('is the planned one under gumbel', async () => {
    const { mean, error, entropy } = await measure({ kind: 'gumbel' }, sampling);
    const { probabilities, shares } = nextTokenMix(entropy);
    const planned = shares.reduce(
      (sum, share, k) => sum + share * (digamma(1 / probabilities[k]! + 1) - digamma(1)),
      0,
    );
    expect(Math.abs(mean / 2 ** 20 - planned)).toBeLessThan((DEVIATIONS * error) / 2 ** 20);
    // The null's mean is further away than that.
    expect(mean - DEVIATIONS * error).toBeGreaterThan(2 ** 20);
  });

  it('is the planned one under a tournament', async () => {
    const params = { kind: 'tournament', depth: 30 } as const;
    const { mean, error, entropy } = await measure(params, sampling);
    const scheme = createScheme(params);
    let planned = 0;
    for (const { share, biases } of nextTokenMix(entropy).classes) {
      for (const [layer, bias] of biases.entries())
        planned += (share * scheme.score(2 ** layer) * (1 + bias)) / 2;
    }
    expect(Math.abs(mean - planned)).toBeLessThan(DEVIATIONS * error);
    expect(mean - DEVIATIONS * error).toBeGreaterThan(scheme.nullMean);
  });

  it('is at least the planned one under a green list', async () => {
    const { mean, error, entropy } = await measure({ kind: 'green-list', gamma: 0.25, delta: 2 }, sampling);
    const { probabilities, shares } = nextTokenMix(entropy);
    const scale = 1 + 0.25 * (Math.exp(2) - 1);
    const modulus = (0.75 * (Math.exp(2) - 1)) / scale;
    const planned = shares.reduce(
      (sum, share, k) => sum + (share * 0.25 * Math.exp(2)) / scale / (1 + modulus * probabilities[k]!),
      0,
    );
    expect(mean).toBeGreaterThan(planned - DEVIATIONS * error);
    // The bound is Jensen's: never far off at a bias of 2.
    expect(mean).toBeLessThan(planned + 0.05 + DEVIATIONS * error);
  });
});

/** Mean score of the scored tuples, its standard error over answers, and the mean entropy of the steps. */
async function measure(
  scheme: SchemeParams,
  sampling: SamplingSettings,
): Promise<{ mean: number; error: number; entropy: number }> {
  const random = seededRandom(1);
  const selector = new CandidateSelector(demo.tokenizer.vocabSize);
  const means: number[] = [];
  let entropy = 0;
  for (let answer = 0; answer < ANSWERS; answer++) {
    const secret = secretFrom(random);
    const key = new WatermarkKey(demo.params({ scheme, commonShare: 1, accountShare: 0 }), secret);
    const prompt = demo.tokenizer.encode(DEMO_PROMPTS[answer % DEMO_PROMPTS.length]!);
    const watermarker = new Watermarker(key);
    const generation = watermarker.start({ ...AT_ONCE, prompt, sampling, random });
    const ids = [...prompt];
    const sampler = {
      next(logits: Float32Array): number {
        const { count, probs } = selector.select(logits, sampling);
        for (let i = 0; i < count; i++) entropy -= (probs[i]! * Math.log(probs[i]!)) / (ANSWERS * TOKENS);
        ids.push(generation.next(logits));
        return ids.at(-1)!;
      },
    };
    for await (const _ of generateTokens(demo.model, sampler, prompt, { maxTokens: TOKENS }));
    const detector = new Detector([key]);
    const { statuses, scores } = detector.report(ids);
    const scored = [...scores.keys()].filter(
      (i) => i >= prompt.length && TOKEN_STATUSES[statuses[i]!] === 'scored',
    );
    means.push(scored.reduce((sum, i) => sum + scores[i]!, 0) / scored.length);
    detector.close();
    watermarker.close();
  }
  const mean = means.reduce((sum, each) => sum + each, 0) / ANSWERS;
  const variance = means.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (ANSWERS - 1);
  return { mean, error: Math.sqrt(variance * (1 / ANSWERS + 1 / TABLE_ANSWERS)), entropy };
}
