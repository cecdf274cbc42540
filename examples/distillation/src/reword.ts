import { ATTACKS, type SynonymSource } from '@countermark/evaluation';
import { seededRandom } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
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

/**
 * Puts synonyms in place of words, by the attack `substitute` of `countermark evaluate`.
 *
 * @param share of words that is asked for, 0 … 1: many have no synonym.
 * @returns the answers with other numbers of tokens, and the share of their words that was replaced.
 */
export function substitute(
  answers: readonly PromptedAnswer[],
  tokenizer: Tokenizer,
  synonyms: SynonymSource,
  share: number,
): { readonly answers: PromptedAnswer[]; readonly touched: number } {
  const attack = ATTACKS.find(({ name }) => name === 'substitute')!;
  let sum = 0;
  const changed = answers.map(({ prompt, answer }, i) => {
    const random = seededRandom(`synonyms ${share} ${i}`);
    const resources = { synonyms, unmarkedSentences: [], unmarkedWords: [] };
    const { text, touched } = attack.apply(tokenizer.decode(answer), share, random, resources);
    sum += touched;
    return { prompt, answer: tokenizer.encode(text) };
  });
  return { answers: changed, touched: sum / answers.length };
}
