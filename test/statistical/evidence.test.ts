/** Evidence that is looked at after every token: its level over unmarked texts, and what it takes on marked ones. */
import { Detector } from '@countermark/detector';
import { createEvidence, createWordBins, EvidenceTally } from '@countermark/detector/evidence';
import { nextTokenMix } from '@countermark/detector/plan';
import { gammaTailLog10 } from '@countermark/detector/stats';
import { DEMO_PROMPTS, humanText } from '@countermark/fixtures';
import { generateTokens, seededRandom, Watermarker, WatermarkKey } from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Demo, openDemo, SETTINGS } from '../support/demo.ts';
import { AT_ONCE } from '../support/mark-at-once.ts';
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
      const generation = watermarker.start({ ...AT_ONCE, prompt, sampling, random });
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

describe('the e-value of gumbel', () => {
  it('keeps its level where the auditor chooses each document by the evidence so far', () => {
    const largest = Array.from({ length: RUNS }, (_, run) => {
      const key = keyFrom(`auditor ${run}`, demo.tokenizer.vocabSize, {
        contextWidth: 2,
        commonShare: 1,
        accountShare: 0,
      });
      const evidence = createEvidence(key);
      let [highest, last] = [0, 0];
      let place = 500 * run;
      // Reads on in a document as long as its tokens speak for a mark, and turns to another one where they do not.
      for (let step = 0; step < 40; step++) {
        const { log10EValue } = evidence.update(prose.subarray(place, place + 6));
        place += 6;
        if (log10EValue < last) {
          evidence.startDocument();
          place = (place + 7919 * (step + 1)) % (prose.length - 300);
        }
        last = log10EValue;
        highest = Math.max(highest, log10EValue);
      }
      evidence.close();
      return highest;
    });
    for (const alpha of LEVELS) expect(excess(largest, alpha)).toBeLessThan(DEVIATIONS);
  });

  // docs/statistics.md, section 11, states these bounds of the ratio.
  it.each([
    [0.92, 1, 1.2, 1.6],
    [0.92, 0.5, 1.2, 1.6],
    [3.5, 0.03, 0.3, 0.8],
  ])(
    'takes its multiple of the tuples of p = 1e-6: entropy %d, marked share %d',
    (entropy, share, least, most) => {
      const random = seededRandom(1);
      const { probabilities, shares } = nextTokenMix(entropy);
      const bins = createWordBins({ kind: 'gumbel' });
      const tally = new EvidenceTally(bins);
      const word = new Uint32Array(1);
      const [needed, tested]: [number[], number[]] = [[], []];
      for (let run = 0; run < 100; run++) {
        let [sum, atE, atP] = [0, 0, 0];
        tally.reset();
        for (let n = 1; atE === 0 || atP === 0; n++) {
          let r = random();
          if (random() < share) {
            let place = random();
            const k = shares.findIndex((each) => {
              place -= each;
              return place < 0;
            });
            r **= probabilities[Math.max(k, 0)]!;
          }
          word[0] = Math.floor(r * 2 ** 32);
          sum -= Math.log1p(-word[0] / 2 ** 32);
          tally.add(word, 1);
          if (atE === 0 && tally.log10EValue() >= 6) atE = n;
          if (atP === 0 && sum > n && gammaTailLog10(n, sum) <= -6) atP = n;
        }
        needed.push(atE);
        tested.push(atP);
      }
      const median = (counts: number[]): number => counts.sort((a, b) => a - b)[counts.length / 2]!;
      const ratio = median(needed) / median(tested);
      expect(ratio).toBeGreaterThan(least);
      expect(ratio).toBeLessThan(most);
    },
  );
});
