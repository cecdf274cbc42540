import { Detector } from '@countermark/detector';
import { htmlReport, remedyInWords } from '@countermark/detector/report';
import { seededRandom } from '@countermark/watermark';
import { expEditTest } from '@countermark/watermark/internal';
import { EXP_EDIT, ForeignKey, startExpEdit } from '@countermark/watermark/interop';
import { afterAll, describe, expect, it } from 'vitest';
import { keyFrom } from '../support/random-key.ts';
import { candidatesFrom } from './peer-nucleus.ts';

const VOCABULARY = 300;
const LENGTH = 120;
const PERMUTATIONS = 199;
const METHODS = ['gumbel', 'transform'] as const;
type Config = ReturnType<typeof EXP_EDIT.config.parse>;

function configOf(method: Config['method'], seed = 1_006_627_331): Config {
  return { method, key_len: 64, block: 40, seed };
}

function keyOf(config: Config): ForeignKey {
  return new ForeignKey({ profile: EXP_EDIT, config, vocabSize: VOCABULARY });
}

// A few likely tokens and many others, afresh at each step: some 4 nats.
function distribution(random: () => number): number[] {
  const weights = Array.from({ length: VOCABULARY }, () => random() ** 4);
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

function write(choose: (tokenIds: readonly number[], probs: readonly number[]) => number): number[] {
  const random = seededRandom('distributions');
  const text: number[] = [];
  for (let i = 0; i < LENGTH; i++) text.push(choose(text, distribution(random)));
  return text;
}

function markedBy(config: Config): number[] {
  const sampler = startExpEdit(config, VOCABULARY, {
    promptLength: 0,
    offset: 17,
    random: seededRandom('tail'),
  });
  return write((tokenIds, probs) => sampler.choose(tokenIds, candidatesFrom(probs)));
}

const draws = seededRandom('a text');
const unmarked = write((_, probs) => {
  let left = draws();
  const drawn = probs.findIndex((prob) => {
    left -= prob;
    return left < 0;
  });
  return drawn < 0 ? VOCABULARY - 1 : drawn;
});

describe.each(METHODS)('a Detector with an exp-edit key: %s', (method) => {
  const config = configOf(method);
  const key = keyOf(config);
  const marked = markedBy(config);
  const options = { alpha: 0.01, permutations: PERMUTATIONS };
  const detector = new Detector([key], options);
  afterAll(() => detector.close());

  it('detects what the key wrote', () => {
    const detection = detector.detect(marked);
    expect(detection).toMatchObject({
      verdict: 'detected',
      profile: 'exp-edit',
      scored: LENGTH,
      total: LENGTH,
    });
    // First among 200.
    expect(detection.pValue).toBeCloseTo(1 / (PERMUTATIONS + 1), 12);
    expect(detection.statistic.zScore).toBeGreaterThan(6);
  });

  it('says nothing of unmarked text and of another key', () => {
    // The random keys are fresh each time. Of a text whose share of stronger keys is 0.1 or more, the chance of a rank of 2 in 200
    // is below (1 + 199 / 9) 0.9^199 = 2e-8; these seeds have such a share by a ranking among 999.
    const stranger = configOf(method, 1_006_627_333);
    const shareOf = (text: readonly number[], of: Config): number =>
      10 ** expEditTest(Uint32Array.from(text), of, VOCABULARY, { permutations: 999, seed: 1 }).log10PValue;
    expect(shareOf(unmarked, config)).toBeGreaterThan(0.15);
    expect(shareOf(marked, stranger)).toBeGreaterThan(0.15);
    expect(detector.detect(unmarked).verdict).toBe('not-detected');
    const other = new Detector([keyOf(stranger)], options);
    expect(other.detect(marked).verdict).toBe('not-detected');
    other.close();
  });

  it('is not below its least p-value, however few permutations there are', () => {
    const few = new Detector([key], { alpha: 0.01, permutations: 19 });
    const { verdict, pValue } = few.detect(marked);
    expect(pValue).toBeCloseTo(0.05, 12);
    // Nothing could have been detected among so few, so nothing is said.
    expect(verdict).toBe('inconclusive');
    few.close();
  });

  it('says how many permutations reach the level where the defaults cannot', () => {
    const defaults = new Detector([key]);
    const detection = defaults.detect(marked);
    expect(detection.verdict).toBe('inconclusive');
    // 1 / (R + 1) <= 10^-6.
    expect(remedyInWords(detection)).toBe('it takes permutations 999,999, or a larger alpha');
    defaults.close();
    const two = new Detector([key, keyFrom('ours', VOCABULARY)], { alpha: 0.01, permutations: 9 });
    const ofTwo = two.detect(marked);
    const [ranked] = ofTwo.keys;
    expect(ranked).toMatchObject({ profile: 'exp-edit', verdict: 'inconclusive' });
    expect(remedyInWords({ ...ofTwo, ...ranked! })).toBe('it takes permutations 199, or a larger alpha');
    two.close();
    const enough = new Detector([key], { alpha: 0.01, permutations: 99 });
    expect(enough.detect(marked).verdict).toBe('detected');
    enough.close();
  });

  it('stands beside a key of ours, each with its own correction', () => {
    const own = keyFrom('ours', VOCABULARY);
    const both = new Detector([own, key], options);
    const { verdict, keyId, keys } = both.detect(marked);
    expect({ verdict, keyId }).toEqual({ verdict: 'detected', keyId: key.keyId });
    expect(keys.map(({ profile }) => profile)).toEqual([undefined, 'exp-edit']);
    both.close();
  });

  it('finds too few tokens inconclusive', () => {
    for (const length of [0, 1, 39]) {
      expect(detector.detect(marked.slice(0, length))).toMatchObject({
        verdict: 'inconclusive',
        scored: 0,
        withoutContext: length,
        pValue: 1,
      });
    }
  });

  it('refuses a token that the model has no logit for', () => {
    expect(() => detector.detect([...marked, VOCABULARY])).toThrow(
      `token id ${VOCABULARY} at position ${LENGTH} is not below the vocabulary's size ${VOCABULARY}`,
    );
  });

  it('traces and reports a document, without a score for any token', () => {
    const traced = detector.report(marked);
    const { detection } = traced;
    expect(detection.verdict).toBe('detected');
    expect([...traced.tokenIds]).toEqual(marked);
    expect(traced.scores).toEqual(new Float64Array(LENGTH));
    const page = htmlReport([{ name: 'answer', detection, traced }], { command: 'countermark detect' });
    expect(page).toContain('exp-edit');
    expect(page).toContain(key.keyId);
    expect(page).not.toContain(String(config.seed));
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('options that an exp-edit key has no use for', () => {
  const key = keyOf(configOf('gumbel'));
  it('regions are refused by name', () => {
    for (const keys of [[key], [keyFrom('ours', VOCABULARY), key]]) {
      expect(() => new Detector(keys, { regions: true })).toThrow(
        new RangeError(
          '"regions" expected keys that can test a part of a text, got exp-edit: its key is ranked among random keys by the whole text',
        ),
      );
    }
  });

  it('decoys are for other keys: its p-value is a rank already', () => {
    const both = new Detector([keyFrom('ours', VOCABULARY), key], { decoys: { count: 9 }, permutations: 9 });
    const [own, foreign] = both.detect([1, 2, 3]).keys;
    expect(own?.decoys?.count).toBe(9);
    expect(foreign?.decoys).toBeUndefined();
    both.close();
  });

  it.each([0, 1.5, 1_000_001])('%s permutations are out of range', (permutations) => {
    expect(() => new Detector([key], { permutations })).toThrow(
      new RangeError(`"permutations" expected an integer in 1 … 1,000,000, got ${permutations}`),
    );
  });
});
