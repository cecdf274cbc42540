/** What a marked answer of a real model scores, against closed forms computed from the model's own distributions. */
import { Detector, TOKEN_STATUSES } from '@countermark/detector';
import { DEMO_PROMPTS } from '@countermark/fixtures';
import {
  CandidateSelector,
  type Candidates,
  generateTokens,
  type SamplingSettings,
  type SchemeParams,
  seededRandom,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import { TWO_32 } from '@countermark/watermark/scheme';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Demo, openDemo, SETTINGS } from '../support/demo.ts';
import { AT_ONCE } from '../support/mark-at-once.ts';
import { digamma, trigamma } from '../support/polygamma.ts';
import { secretFrom } from '../support/random-key.ts';

const TOKENS = 160;
const ANSWERS = 24;
// Two-sided 1e-6 for a normal deviate; sums of thousands of bounded or exponential terms are close to normal.
const DEVIATIONS = 4.9;

let demo: Demo;
beforeAll(async () => {
  demo = await openDemo();
});
afterAll(() => demo.close());

describe.each(SETTINGS)('marked answers of the demo model at %s', (_, sampling) => {
  it('score under gumbel what the entropy of each step predicts', async () => {
    const steps = await markedSteps({ kind: 'gumbel' }, sampling, gumbelMoments);
    const z = standardise(steps.map(({ score, law }) => ({ score: score / 2 ** 20, law })));
    expect(Math.abs(z)).toBeLessThan(DEVIATIONS);
  });

  it('carry under a tournament of one layer the ones that the collision probability predicts', async () => {
    const steps = await markedSteps({ kind: 'tournament', depth: 1 }, sampling, ({ probs, count }) => {
      // Dathathri et al. 2024: the mean of g is 1/2 + (1 − Σp²) / 4 after one layer of two leaves.
      let collision = 0;
      for (let i = 0; i < count; i++) collision += probs[i]! ** 2;
      const mean = 0.5 + 0.25 * (1 - collision);
      return { mean, variance: mean * (1 - mean) };
    });
    expect(Math.abs(standardise(steps))).toBeLessThan(DEVIATIONS);
  });

  it('are green between the bounds of Kirchenbauer et al. and of Jensen', async () => {
    const gamma = Math.floor(0.25 * TWO_32) / TWO_32;
    const alpha = Math.exp(2);
    const steps = await markedSteps(
      { kind: 'green-list', gamma: 0.25, delta: 2 },
      sampling,
      ({ probs, count }) => {
        // Theorem 4.2 of "A Watermark for Large Language Models": a spike entropy bounds the green share from below.
        const modulus = ((1 - gamma) * (alpha - 1)) / (1 + (alpha - 1) * gamma);
        let spike = 0;
        for (let i = 0; i < count; i++) spike += probs[i]! / (1 + modulus * probs[i]!);
        return { mean: ((gamma * alpha) / (1 + (alpha - 1) * gamma)) * spike, variance: 0.25 };
      },
    );
    const green = steps.reduce((sum, { score }) => sum + score, 0);
    const least = steps.reduce((sum, { law }) => sum + law.mean, 0);
    const most = (steps.length * gamma * alpha) / (1 - gamma + gamma * alpha);
    const allowed = DEVIATIONS * Math.sqrt(0.25 * steps.length);
    expect(green).toBeGreaterThan(least - allowed);
    expect(green).toBeLessThan(most + allowed);
    // More than the null's share, so that the bounds above are not met by an unmarked text.
    expect(green).toBeGreaterThan(gamma * steps.length);
  });
});

interface Moments {
  readonly mean: number;
  readonly variance: number;
}

interface MarkedStep {
  readonly score: number;
  readonly law: Moments;
}

/**
 * Generates answers under a fresh key each, and returns their common-slot steps: the detector's score, and the moments
 * that a closed form predicts from the candidates.
 */
async function markedSteps(
  scheme: SchemeParams,
  sampling: SamplingSettings,
  moments: (candidates: Candidates) => Moments,
): Promise<MarkedStep[]> {
  const random = seededRandom(1);
  const selector = new CandidateSelector(demo.tokenizer.vocabSize);
  const steps: MarkedStep[] = [];
  for (let answer = 0; answer < ANSWERS; answer++) {
    const secret = secretFrom(random);
    const key = new WatermarkKey(demo.params({ scheme }), secret);
    const prompt = demo.tokenizer.encode(DEMO_PROMPTS[answer % DEMO_PROMPTS.length]!);
    const watermarker = new Watermarker(key);
    const generation = watermarker.start({ ...AT_ONCE, prompt, sampling, random });
    const laws = new Map<number, Moments>();
    const ids = [...prompt];
    const sampler = {
      next(logits: Float32Array): number {
        const before = generation.counts.common;
        const law = moments(selector.select(logits, sampling));
        const tokenId = generation.next(logits);
        if (generation.counts.common > before) laws.set(ids.length, law);
        ids.push(tokenId);
        return tokenId;
      },
    };
    for await (const _ of generateTokens(demo.model, sampler, prompt, { maxTokens: TOKENS }));
    const detector = new Detector([key]);
    const { statuses, scores } = detector.report(ids);
    for (const [position, law] of laws) {
      // The response's contexts were all new, but the prompt may have held the same tuple.
      if (TOKEN_STATUSES[statuses[position]!] === 'scored') steps.push({ score: scores[position]!, law });
    }
    detector.close();
    watermarker.close();
  }
  expect(steps.length).toBeGreaterThan(200);
  return steps;
}

// The winner v has r = M^p with M uniform, so −ln(1 − r) is the maximum of 1/p exponentials, 1/p not being whole.
function gumbelMoments({ probs, count }: Candidates): Moments {
  let mean = 0;
  let square = 0;
  for (let i = 0; i < count; i++) {
    const prob = probs[i]!;
    const own = digamma(1 / prob + 1) - digamma(1);
    mean += prob * own;
    square += prob * (own ** 2 + trigamma(1) - trigamma(1 / prob + 1));
  }
  return { mean, variance: square - mean ** 2 };
}

function standardise(steps: readonly MarkedStep[]): number {
  const excess = steps.reduce((sum, { score, law }) => sum + score - law.mean, 0);
  return excess / Math.sqrt(steps.reduce((sum, { law }) => sum + law.variance, 0));
}
