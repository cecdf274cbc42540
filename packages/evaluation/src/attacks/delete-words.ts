import { rewriteSpans } from '../text/rewrite.ts';
import { spansOf } from '../text/words.ts';
import type { AttackedText } from './attack.ts';
import { checkShare, chooseUnits, shareOf } from './share.ts';

/**
 * Deletes words, each with the white space before it.
 *
 * @param strength share of the words, 0 … 1; rounded to whole words.
 * @param random   yields uniform numbers in (0, 1).
 * @throws {RangeError} if the strength is out of range.
 */
export function deleteWords(text: string, strength: number, random: () => number): AttackedText {
  checkShare(strength);
  const words = spansOf(text, /\s*\S+/gu);
  const chosen = chooseUnits(words.length, Math.round(strength * words.length), random);
  return {
    text: rewriteSpans(text, words, (word, i) => (chosen.has(i) ? '' : word)),
    touched: shareOf(chosen.size, words.length),
  };
}
