import { CandidateSelector, type SamplingSettings, Watermarker } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { AT_ONCE } from '../support/mark-at-once.ts';
import { candidateAnswers, greedyAnswers, ruleKey } from '../support/spec-rules.ts';

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
