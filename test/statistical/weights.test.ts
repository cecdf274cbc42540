/** What the probabilities of its tokens are worth on marked answers of a real model, and that they are harmless elsewhere. */
import { Detector, type TokenProbabilities } from '@countermark/detector';
import { NgramModel } from '@countermark/detector/weights';
import { DEMO_PROMPTS, humanText, TEXT_KINDS } from '@countermark/fixtures';
import {
  createParams,
  generateTokens,
  type SamplingSettings,
  seededRandom,
  tokenProbabilities,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Demo, openDemo } from '../support/demo.ts';
import { expectCalibrated, share } from './calibrated.ts';

const ANSWERS = 24;
const TOKENS = 300;
const LEVELS = [-3, -6, -9, -12];
// The model's end of text, which it also starts from.
const START = Uint32Array.of(4095);

let demo: Demo;
beforeAll(async () => {
  demo = await openDemo();
});
afterAll(() => demo.close());

interface Answer {
  readonly detector: Detector;
  readonly ids: Uint32Array;
  readonly known: Float64Array;
  readonly proxy: Float64Array;
}

function secretFrom(random: () => number): Uint8Array {
  return Uint8Array.from({ length: 32 }, () => Math.floor(256 * random()));
}

async function answer(index: number, sampling: SamplingSettings): Promise<Answer> {
  const random = seededRandom(`answer ${index}`);
  const key = new WatermarkKey(demo.params({ commonShare: 0.9, accountShare: 0 }), secretFrom(random));
  const prompt = demo.tokenizer.encode(DEMO_PROMPTS[index % DEMO_PROMPTS.length]!);
  const watermarker = new Watermarker(key);
  const generation = watermarker.start({ prompt, sampling, random });
  const tokens: number[] = [];
  for await (const id of generateTokens(demo.model, generation, prompt, { maxTokens: TOKENS }))
    tokens.push(id);
  watermarker.close();
  const ids = Uint32Array.from(tokens);
  return {
    detector: new Detector([key]),
    ids,
    known: await tokenProbabilities(demo.model, ids, { prompt, sampling }),
    // Neither the prompt nor the temperature is known to an auditor.
    proxy: await tokenProbabilities(demo.model, ids, { prompt: START }),
  };
}

function median(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b);
  return (ordered[Math.floor((ordered.length - 1) / 2)]! + ordered[Math.floor(ordered.length / 2)]!) / 2;
}

/** Returns the fewest first tokens of the answers whose median p-value is at most each level. */
function tokensFor(
  log10PValue: (answer: Answer, tokens: number) => number,
  answers: readonly Answer[],
): number[] {
  const found = LEVELS.map(() => Infinity);
  for (let tokens = 6; tokens <= TOKENS; tokens += 2) {
    const middle = median(answers.map((each) => log10PValue(each, tokens)));
    for (const [i, level] of LEVELS.entries()) if (middle <= level) found[i] = Math.min(found[i]!, tokens);
    if (middle <= LEVELS.at(-1)!) break;
  }
  return found;
}

const under =
  (source: 'known' | 'proxy') =>
  ({ detector, ids, [source]: values }: Answer, tokens: number): number =>
    detector.detect(ids.subarray(0, tokens), { values: values.subarray(0, tokens), source }).log10RawPValue;

describe('the tokens of marked answers that a median p-value of 1e-3, 1e-6, 1e-9 and 1e-12 takes', () => {
  it.each([
    [{ temperature: 0.5 }, 'PLAIN', 'KNOWN', 'PROXY'],
    [{ temperature: 0.5, topP: 0.9 }, 'PLAIN', 'KNOWN', 'PROXY'],
  ] as const)('%o', async (sampling, ...documented) => {
    const answers: Answer[] = [];
    for (let index = 0; index < ANSWERS; index++) answers.push(await answer(index, sampling));
    const plain = tokensFor(
      ({ detector, ids }, n) => detector.detect(ids.subarray(0, n)).log10RawPValue,
      answers,
    );
    const known = tokensFor(under('known'), answers);
    const proxy = tokensFor(under('proxy'), answers);
    for (const { detector } of answers) detector.close();
    console.log(JSON.stringify({ sampling, plain, known, proxy, documented }));
  });
});
