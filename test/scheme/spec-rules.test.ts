import {
  CandidateSelector,
  createPlainSampler,
  type SamplingSettings,
  Watermarker,
} from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { AT_ONCE } from '../support/mark-at-once.ts';
import { candidateAnswers, greedyAnswers, ruleKey, startAnswers } from '../support/spec-rules.ts';

const truncation = (topK: number | null, topP: number): SamplingSettings => {
  return { topP, ...(topK === null ? {} : { topK }) };
};

describe.each(['wasm', 'scalar'] as const)('CandidateSelector on %s', (engine) => {
  it.each(candidateAnswers)('agrees with answer $tcId: $comment', (answer) => {
    const { logits, temperature, topK, topP, tokenIds, probs } = answer;
    const selector = new CandidateSelector(logits.length, { engine });
    const found = selector.select(logits, { temperature, ...truncation(topK, topP) });
    expect([...found.tokenIds]).toEqual(tokenIds);
    expect(found.tailMass).toBe(0);
    // Each weight is good to 3e-13, and so is their sum.
    for (const [i, prob] of probs.entries()) expect(Math.abs(found.probs[i]! / prob - 1)).toBeLessThan(1e-12);
  });
});

describe('Generation at temperature 0', () => {
  it.each(greedyAnswers)('chooses as answer $tcId: $comment', (answer) => {
    const { canonicalParams, secret, prompt, logits, topK, topP, candidates, chosen } = answer;
    const watermarker = new Watermarker(ruleKey(canonicalParams, secret));
    const sampling = { temperature: 0, ...truncation(topK, topP) };
    const start = () => watermarker.start({ ...AT_ONCE, prompt, sampling });
    expect(start().choose(logits)).toBe(chosen);
    const listed = Uint32Array.from(logits.keys());
    expect(start().chooseAmong(listed, logits)).toBe(chosen);
    // A context that was used: the largest logit, whatever is green.
    const again = start();
    again.choose(logits);
    expect(again.choose(logits)).toBe(candidates[0]);
    watermarker.close();
  });
});

/** Finds numbers at which plain sampling draws a token. */
function uniformFinder(vocabSize: number, sampling: SamplingSettings) {
  let uniform = 0;
  const plain = createPlainSampler(vocabSize, sampling, () => uniform);
  return (tokenId: number, logits: Float32Array): number => {
    for (let i = 0; i < 4096; i++) {
      uniform = (i + 0.5) / 4096;
      if (plain.next(logits) === tokenId) return uniform;
    }
    throw new Error(`token ${tokenId} is never drawn`);
  };
}

describe('a response', () => {
  it.each(startAnswers)('is marked where answer $tcId says: $comment', (answer) => {
    const { canonicalParams, secret, account, startBits, temperature, topK, topP, steps } = answer;
    const watermarker = new Watermarker(ruleKey(canonicalParams, secret));
    const sampling = { temperature, ...truncation(topK, topP) };
    const uniformOf = uniformFinder(steps[0]!.logits.length, sampling);
    let uniform = 0.5;
    const generation = watermarker.start({
      prompt: [1, 2, 3],
      ...(account === null ? {} : { accountId: account }),
      sampling,
      random: () => uniform,
      startBits,
    });
    for (const step of steps) {
      uniform = step.drawn === undefined ? 0.5 : uniformOf(step.drawn, step.logits);
      const before = generation.counts;
      const chosen = generation.choose(step.logits);
      if (step.drawn !== undefined) expect(chosen).toBe(step.drawn);
      expect(generation.counts).toEqual({ ...before, [step.fate]: before[step.fate] + 1 });
      generation.push(step.taken);
      // Each of some two dozen terms is good to 3e-13 of a probability: docs/spec.md section 5.2.
      expect(Math.abs(generation.spentBits - step.spentBits)).toBeLessThan(1e-10);
    }
    watermarker.close();
  });

  it('is begun by plain steps and goes on with marked ones in the answers', () => {
    const fates = new Set(startAnswers.flatMap(({ steps }) => steps.map(({ fate }) => fate)));
    expect([...fates].sort()).toEqual([
      'account',
      'common',
      'free',
      'repeatedContext',
      'start',
      'withoutContext',
    ]);
    expect(
      startAnswers.some(({ steps }) =>
        steps.some(({ drawn, taken }) => drawn !== undefined && drawn !== taken),
      ),
    ).toBe(true);
  });
});
