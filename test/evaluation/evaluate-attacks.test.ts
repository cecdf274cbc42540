import { Detector } from '@countermark/detector';
import {
  ATTACKS,
  type AttackEvaluation,
  evaluateAttacks,
  generateAnswer,
  neverEnding,
  planAttacks,
  type Trial,
} from '@countermark/evaluation';
import { createPlainSampler, seededRandom, Watermarker, WatermarkKey } from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Demo, openDemo } from '../support/demo.ts';
import { RESOURCES } from './sample.ts';

const TOKENS = 160;
let demo: Demo;
const trials: Trial[] = [];

beforeAll(async () => {
  demo = await openDemo();
  const key = new WatermarkKey(demo.params(), new Uint8Array(32).fill(1));
  const wrongKey = new WatermarkKey(demo.params(), new Uint8Array(32).fill(2));
  const watermarker = new Watermarker(key);
  const prompt = demo.tokenizer.encode('The state of the nation is');
  const base = { model: demo.model, tokenizer: demo.tokenizer, prompt, tokens: TOKENS };
  for (let i = 0; i < 3; i++) {
    const random = seededRandom(i);
    const marked = await generateAnswer({ ...base, sampler: watermarker.start({ prompt, random }) });
    const plain = createPlainSampler(demo.tokenizer.vocabSize, {}, random);
    trials.push({ key, wrongKey, marked, unmarked: await generateAnswer({ ...base, sampler: plain }) });
  }
  watermarker.close();
});
afterAll(() => demo.close());

function evaluate(
  attacks: readonly string[],
  strengths: readonly number[],
  minTokens = 50,
): AttackEvaluation {
  const { plans } = planAttacks(RESOURCES, { attacks, strengths });
  const run = evaluateAttacks(trials, plans, RESOURCES, {
    tokenizer: demo.tokenizer,
    seed: 'test',
    minTokens,
  });
  const seen: number[] = [];
  for (;;) {
    const step = run.next();
    if (step.done === true) {
      expect(seen).toEqual([1, 2, 3]);
      return step.value;
    }
    seen.push(step.value.trials);
  }
}

describe('evaluateAttacks', () => {
  it('finds in unattacked answers what the detector finds', () => {
    const { rows } = evaluate(['none'], [0]);
    expect(rows.map(({ reading }) => reading)).toEqual(['ids', 'text', 'regions']);
    const detector = new Detector([trials[0]!.key], { tokenizers: [demo.tokenizer] });
    const byIds = trials
      .map(({ marked }) => detector.detect(marked.tokenIds).log10PValue)
      .sort((a, b) => a - b);
    const byText = trials.map(({ marked }) => detector.detect(marked.text).log10PValue).sort((a, b) => a - b);
    detector.close();
    expect(rows[0]!.marked).toMatchObject({
      documents: 3,
      detected: 3,
      rate: 1,
      medianLog10PValue: byIds[1],
    });
    expect(rows[1]!.marked).toMatchObject({ medianLog10PValue: byText[1], smallestLog10PValue: byText[0] });
  });

  it('detects nothing in the controls', () => {
    for (const { unmarked, wrongKey } of evaluate(['none', 'delete', 'splice'], [0.2, 0.5]).rows) {
      expect(unmarked.detected + wrongKey.detected).toBe(0);
    }
  });

  it('counts documents with too few tokens as inconclusive and not as detected', () => {
    const [row] = evaluate(['truncate'], [0], 1000).rows;
    expect(row!.marked).toMatchObject({ documents: 3, detected: 0, inconclusive: 3 });
  });

  it('reads hidden characters away with the normalisation, and not without', () => {
    const rows = evaluate(['zero-width'], [0.9]).rows;
    const [unnormalized, text] = rows.map(({ marked }) => marked.medianLog10PValue);
    expect(text).toBe(evaluate(['none'], [0]).rows[1]!.marked.medianLog10PValue);
    expect(unnormalized).toBeGreaterThan(text!);
  });

  it('says how many answers keep their token ids as text', () => {
    const kept = trials.filter(({ marked: { text, tokenIds } }) => {
      return demo.tokenizer.encode(text).join() === tokenIds.join();
    });
    expect(evaluate(['none'], [0]).canonical).toBe(kept.length);
  });

  it('is the same for the same seed', () => {
    expect(evaluate(['insert'], [0.3])).toEqual(evaluate(['insert'], [0.3]));
  });

  it('refuses to evaluate nothing', () => {
    const run = evaluateAttacks([], [], RESOURCES, { tokenizer: demo.tokenizer, seed: 'test' });
    expect(() => run.next()).toThrow('"trials" expected at least one');
  });
});

describe('planAttacks', () => {
  it('leaves out what something is missing for, and says what', () => {
    const { plans, leftOut } = planAttacks({});
    expect(leftOut).toEqual([
      { attack: 'substitute', missing: "WordNet's files" },
      { attack: 'round-trip', missing: 'another tokenizer' },
      { attack: 'token-by-token', missing: 'another tokenizer' },
    ]);
    expect(plans).toHaveLength(ATTACKS.length - 3);
  });

  it('gives strengths to attacks with degrees only', () => {
    const { plans } = planAttacks({}, { attacks: ['normalize', 'delete'], strengths: [0.4] });
    expect(plans.map(({ attack, strengths }) => [attack.name, strengths])).toEqual([
      ['delete', [0.4]],
      ['normalize', [1]],
    ]);
  });

  it.each([
    [{ attacks: ['erase'] }, '"attacks" expected some of none, delete'],
    [{ attacks: [] }, '"attacks" expected some of'],
    [{ strengths: [] }, '"strengths" expected numbers in 0 … 0.99'],
    [{ strengths: [0.1, 1] }, '"strengths" expected numbers in 0 … 0.99, got 1'],
    [{ strengths: [Number.NaN] }, 'got NaN'],
  ])('refuses %j', (choice, message) => {
    expect(() => planAttacks({}, choice)).toThrow(message);
  });
});

describe('neverEnding', () => {
  it('gives the tokens that end an answer no probability', async () => {
    const model = neverEnding(demo.model, [4095, 7]);
    const sequence = model.open();
    const logits = await sequence.appendEach(Uint32Array.of(1, 2));
    await sequence.close();
    for (const row of [0, 1]) {
      for (const tokenId of [4095, 7]) expect(logits[row * model.logitCount + tokenId]).toBe(-Infinity);
    }
    expect(logits.filter((logit) => logit === -Infinity)).toHaveLength(4);
  });
});
