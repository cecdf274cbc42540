/** Answers of one mark to one prompt, and what detection makes of them. */
import { Detector } from '@countermark/detector';
import type { Answer } from '@countermark/evaluation';
import {
  createParams,
  createPlainSampler,
  type Generation,
  seededRandom,
  type TokenSampler,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import { batchedAnswers, tokenizer } from '../batched-answers.ts';
import type { Sampling, Setting } from './settings.ts';

/** Answers, and log10 of the p-value of each where they are marked. */
export interface Measured {
  readonly answers: readonly Answer[];
  readonly log10PValues: readonly number[];
  /** Share of steps that were not marked because their context had occurred before. */
  readonly repeated: number;
}

/** What is generated. */
export interface Wanted {
  readonly prompt: string;
  readonly sampling: Sampling;
  readonly answers: number;
  readonly tokens: number;
}

/** Lets the model answer without a mark. */
export async function unmarkedAnswers(wanted: Wanted): Promise<readonly Answer[]> {
  return generate(wanted, (_, random) =>
    createPlainSampler(tokenizer.vocabSize, wanted.sampling.settings, random),
  );
}

/**
 * Lets the model answer with a mark, one account under one key.
 *
 * @param secret decides the key; prompts have different ones, so that their answers are independent.
 */
export async function markedAnswers(wanted: Wanted, setting: Setting, secret: number): Promise<Measured> {
  return answersUnder(wanted, setting, [new Uint8Array(32).fill(secret)]);
}

/**
 * Lets the model answer with a mark, every answer under a key of its own, so that all are independent.
 *
 * @param seed decides the keys.
 */
export async function independentAnswers(wanted: Wanted, setting: Setting, seed: string): Promise<Measured> {
  const random = seededRandom(seed);
  const secret = (): Uint8Array => Uint8Array.from({ length: 32 }, () => Math.floor(256 * random()));
  return answersUnder(wanted, setting, Array.from({ length: wanted.answers }, secret));
}

// Answers take the keys in turns.
async function answersUnder(
  wanted: Wanted,
  setting: Setting,
  secrets: readonly Uint8Array[],
): Promise<Measured> {
  const { vocabSize, fingerprint } = tokenizer;
  const params = createParams({ tokenizer: { name: 'demo', vocabSize, fingerprint }, ...setting.params });
  const keys = secrets.map((secret) => new WatermarkKey(params, secret));
  const watermarkers = keys.map((key) => new Watermarker(key));
  const detectors = keys.map((key) => new Detector([key]));
  const sampling = wanted.sampling.settings;
  try {
    const generations: Generation[] = [];
    const answers = await generate(wanted, (prompt, random) => {
      const options = { prompt, accountId: 'one account', sampling, random, ...setting.start };
      const watermarker = watermarkers[generations.length % keys.length] as Watermarker;
      generations.push(watermarker.start(options));
      return generations.at(-1) as Generation;
    });
    const repeated = generations.reduce((sum, { counts }) => sum + counts.repeatedContext, 0);
    return {
      answers,
      log10PValues: answers.map(
        ({ tokenIds }, i) => (detectors[i % keys.length] as Detector).detect(tokenIds).log10PValue,
      ),
      repeated: repeated / (wanted.answers * wanted.tokens),
    };
  } finally {
    for (const each of [...watermarkers, ...detectors]) each.close();
  }
}

// Each answer has a seed of its own, the same one with and without a mark: what is drawn before the first mark is the same.
function generate(
  { prompt, sampling, answers, tokens }: Wanted,
  sampler: (prompt: Uint32Array, random: () => number) => TokenSampler,
): Promise<readonly Answer[]> {
  const ids = tokenizer.encode(prompt);
  const samplers = Array.from({ length: answers }, (_, i) =>
    sampler(ids, seededRandom(`${sampling.name}, ${prompt}, ${i}`)),
  );
  return batchedAnswers(ids, samplers, tokens);
}
