import { rewriteSpans } from '../text/rewrite.ts';
import { spansOf } from '../text/words.ts';
import type { AttackedText } from './attack.ts';
import { checkShare, chooseUnits, shareOf } from './share.ts';

/**
 * Writes words in capitals, and those that have a capital without any.
 *
 * @param strength share of the words with a letter that has two cases, 0 … 1; rounded to whole words.
 * @param random   yields uniform numbers in (0, 1).
 * @throws {RangeError} if the strength is out of range.
 */
export function changeCase(text: string, strength: number, random: () => number): AttackedText {
  checkShare(strength);
  const words = spansOf(text, /\S+/gu).filter(({ start, end }) => {
    const word = text.slice(start, end);
    return word.toUpperCase() !== word.toLowerCase();
  });
  const chosen = chooseUnits(words.length, Math.round(strength * words.length), random);
  return {
    text: rewriteSpans(text, words, (word, i) => (chosen.has(i) ? otherCase(word) : word)),
    touched: shareOf(chosen.size, words.length),
  };
}

function otherCase(word: string): string {
  const small = word.toLowerCase();
  return small === word ? word.toUpperCase() : small;
}
