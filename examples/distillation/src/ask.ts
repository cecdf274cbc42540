/** Asking a student of n-grams: it answers prompts, and reads texts. */
import type { Prediction } from '@countermark/audit';
import { seededRandom } from '@countermark/watermark';
import type { PromptedAnswer } from './answer-file.ts';
import { drawFrom, type LanguageModel, likeliestOf } from './ngram-student.ts';

/** Tokens that are listed at each position, as the most generous endpoints do. */
const LISTED = 20;

/** How a student is asked. */
export interface Asked {
  /** Of each answer. */
  readonly tokens: number;
  /** Above 0 (default 1). Probabilities are those that are drawn from. */
  readonly temperature?: number;
  readonly seed: string;
}

/** Asks a student for an answer to each prompt. */
export function* ask(
  student: LanguageModel,
  prompts: Iterable<Uint32Array>,
  { tokens, temperature = 1, seed }: Asked,
): Generator<PromptedAnswer, void, void> {
  let number = 0;
  for (const prompt of prompts) {
    const random = seededRandom(`${seed} ${number++}`);
    const text = new Uint32Array(prompt.length + tokens);
    text.set(prompt);
    const predictions: Prediction[] = [];
    for (let at = prompt.length; at < text.length; at++) {
      const before = text.subarray(0, at);
      predictions.push(listed(student, before, temperature));
      text[at] =
        temperature === 1
          ? student.draw(before, random)
          : drawFrom(sharpened(student.next(before), temperature), random);
    }
    yield { prompt, answer: text.slice(prompt.length), predictions };
  }
}

/** Lets a student read an answer after its prompt: its likeliest tokens at each position. */
export function read(
  student: LanguageModel,
  { prompt, answer }: PromptedAnswer,
  temperature: number = 1,
): Prediction[] {
  const text = Uint32Array.of(...prompt, ...answer);
  return Array.from(answer, (_, at) => listed(student, text.subarray(0, prompt.length + at), temperature));
}

function listed(student: LanguageModel, before: Uint32Array, temperature: number): Prediction {
  return temperature === 1
    ? student.likeliest(before, LISTED)
    : likeliestOf(sharpened(student.next(before), temperature), LISTED);
}

function sharpened(probabilities: Float64Array, temperature: number): Float64Array {
  const weights = probabilities.map((probability) => probability ** (1 / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
