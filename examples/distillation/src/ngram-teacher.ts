import { createPlainSampler, seededRandom, Watermarker, type WatermarkKey } from '@countermark/watermark';
import type { PromptedAnswer } from './answer-file.ts';
import type { NgramStudent } from './ngram-student.ts';

// What is rarer costs time, and changes nothing that is measured.
const SAMPLING = { topK: 500 };

/**
 * Lets a model of n-grams write as a teacher does: thousands of tokens a second, for tests and for what takes a thousand teachers.
 *
 * @param key    undefined for answers without a mark.
 * @param tokens of each answer.
 */
export function ngramAnswers(
  model: NgramStudent,
  key: WatermarkKey | undefined,
  prompts: readonly Uint32Array[],
  tokens: number,
  seed: string,
): PromptedAnswer[] {
  const watermarker = key === undefined ? undefined : new Watermarker(key);
  const logits = new Float32Array(model.vocabSize);
  const answers = prompts.map((prompt, i) => {
    const random = seededRandom(`${seed} ${i}`);
    const sampler =
      watermarker?.start({ prompt, random, sampling: SAMPLING }) ??
      createPlainSampler(model.vocabSize, SAMPLING, random);
    const text = new Uint32Array(prompt.length + tokens);
    text.set(prompt);
    for (let at = prompt.length; at < text.length; at++) {
      const probabilities = model.next(text.subarray(0, at));
      for (let id = 0; id < logits.length; id++) logits[id] = Math.log(probabilities[id]!);
      text[at] = sampler.next(logits);
    }
    return { prompt, answer: text.slice(prompt.length) };
  });
  watermarker?.close();
  return answers;
}
