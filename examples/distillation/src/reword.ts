import { seededRandom } from '@countermark/watermark';
import type { PromptedAnswer } from './answer-file.ts';
import { trainingText } from './mixture.ts';
import type { NgramStudent } from './ngram-student.ts';

const TRIES = 8;

/**
 * Rewords answers token by token: each is replaced, with a probability, by another that an innocent model writes at this place.
 *
 * @param share of tokens that are replaced, 0 … 1; where the model says the same token eight times, it stays.
 */
export function reword(
  answers: readonly PromptedAnswer[],
  model: NgramStudent,
  share: number,
  seed: string,
): PromptedAnswer[] {
  return answers.map(({ prompt, answer }, i) => {
    const random = seededRandom(`${seed} ${i}`);
    const text = trainingText({ prompt, answer });
    for (let at = prompt.length; at < text.length; at++) {
      if (random() >= share) continue;
      const old = text[at];
      for (let attempt = 0; attempt < TRIES && text[at] === old; attempt++) {
        text[at] = model.draw(text.subarray(0, at), random);
      }
    }
    return { prompt, answer: text.slice(prompt.length) };
  });
}
