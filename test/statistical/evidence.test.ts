/** Evidence that is looked at after every token: its level over unmarked texts, and what it takes on marked ones. */
import { Detector } from '@countermark/detector';
import { createEvidence } from '@countermark/detector/evidence';
import { DEMO_PROMPTS, humanText } from '@countermark/fixtures';
import { generateTokens, seededRandom, Watermarker, WatermarkKey } from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Demo, openDemo, SETTINGS } from '../support/demo.ts';
import { keyFrom, SCHEMES } from '../support/random-key.ts';

const LEVELS = [0.5, 0.1, 0.02];
const RUNS = 1000;
const TOKENS = 240;
// Two-sided 1e-6 for a normal deviate.
const DEVIATIONS = 4.9;

let demo: Demo;
let prose: Uint32Array;
beforeAll(async () => {
  demo = await openDemo();
  prose = demo.tokenizer.encode(humanText('prose').slice(0, 1_500_000));
});
afterAll(() => demo.close());

/** The largest e-value, as log10, at any time of reading a text token by token under a fresh key. */
function suprema(
  scheme: (typeof SCHEMES)[number],
  textOf: (run: number) => Uint32Array,
  dedup: 'context-token' | 'none',
): number[] {
  return Array.from({ length: RUNS }, (_, run) => {
    const key = keyFrom(`evidence ${run}`, demo.tokenizer.vocabSize, {
      scheme,
      contextWidth: 2,
      commonShare: 1,
      accountShare: 0,
    });
    const evidence = createEvidence(key, { dedup });
    let largest = 0;
    for (const tokenId of textOf(run)) {
      largest = Math.max(largest, evidence.update([tokenId]).log10EValue);
    }
    evidence.close();
    return largest;
  });
}

const excess = (largest: readonly number[], alpha: number): number => {
  const rate = largest.filter((value) => value >= -Math.log10(alpha)).length / RUNS;
  return (rate - alpha) / Math.sqrt((alpha * (1 - alpha)) / RUNS);
};

describe.each(SCHEMES)('the e-value of $kind, looked at after every token of human text', (scheme) => {
  it('ever reaches 1/α with probability at most α', () => {
    const largest = suprema(
      scheme,
      (run) => prose.subarray(TOKENS * run, TOKENS * (run + 1)),
      'context-token',
    );
    for (const alpha of LEVELS) expect(excess(largest, alpha)).toBeLessThan(DEVIATIONS);
    // It is looked at closely enough to come near the bound: nothing would be shown by evidence that never rises.
    expect(largest.filter((value) => value > 0).length).toBeGreaterThan(RUNS / 10);
  });

  it('does so on text that repeats itself, but not if repeats are counted', () => {
    const repeating = (run: number): Uint32Array => {
      const piece = prose.subarray(TOKENS * run, TOKENS * run + 30);
      return Uint32Array.from({ length: TOKENS }, (_, i) => piece[i % piece.length]!);
    };
    const largest = suprema(scheme, repeating, 'context-token');
    const counted = suprema(scheme, repeating, 'none');
    for (const alpha of LEVELS) expect(excess(largest, alpha)).toBeLessThan(DEVIATIONS);
    expect(excess(counted, 0.02)).toBeGreaterThan(DEVIATIONS);
  });
});

describe.each(SETTINGS)('the evidence of marked answers at %s', (_, sampling) => {
  it('reaches a million within twice the tokens that the exact test needs', async () => {
    // Answers of one key in a row, each tuple once; both are looked at after every token.
    const random = seededRandom(5);
    const key = new WatermarkKey(
      demo.params({ commonShare: 1, accountShare: 0 }),
      new Uint8Array(32).fill(5),
    );
    const watermarker = new Watermarker(key);
    const detector = new Detector([key]);
    const evidence = createEvidence(key);
    const pooled: number[] = [];
    let atTest = 0;
    let atEvidence = 0;
    for (const text of DEMO_PROMPTS) {
      const prompt = demo.tokenizer.encode(text);
      const generation = watermarker.start({ prompt, sampling, random });
      for await (const tokenId of generateTokens(demo.model, generation, prompt, { maxTokens: 120 })) {
        pooled.push(tokenId);
        if (atEvidence === 0 && evidence.update([tokenId]).stopped) atEvidence = pooled.length;
        if (atTest === 0 && detector.detect(pooled).log10RawPValue <= -6) atTest = pooled.length;
      }
      if (atTest > 0 && atEvidence > 0) break;
    }
    detector.close();
    evidence.close();
    watermarker.close();
    expect(atTest).toBeGreaterThan(0);
    expect(atEvidence).toBeGreaterThan(0);
    expect(atEvidence).toBeLessThan(2 * atTest);
  });
});
