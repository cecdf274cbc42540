import { rewriteSpans } from '../text/rewrite.ts';
import { wordSpans } from '../text/words.ts';
import type { AttackedText } from './attack.ts';
import { checkShare, chooseUnits, shareOf } from './share.ts';

/**
 * Lets neighbouring words change places; the white space stays where it is.
 *
 * @param strength share of the words that move, 0 … 1; rounded to whole pairs of the first and second word, the third
 *   and fourth, and so on.
 * @param random   yields uniform numbers in (0, 1).
 * @throws {RangeError} if the strength is out of range.
 */
export function swapWords(text: string, strength: number, random: () => number): AttackedText {
  checkShare(strength);
  const words = wordSpans(text);
  const pairs = words.length >> 1;
  const chosen = chooseUnits(pairs, Math.round(strength * pairs), random);
  const wordAt = (i: number): string => text.slice(words[i]?.start, words[i]?.end);
  return {
    text: rewriteSpans(text, words, (word, i) => (chosen.has(i >> 1) ? wordAt(i ^ 1) : word)),
    touched: shareOf(2 * chosen.size, words.length),
  };
}
