import { rewriteSpans } from '../text/rewrite.ts';
import { wordSpans } from '../text/words.ts';
import type { AttackedText } from './attack.ts';
import { checkShare, chooseUnits, pick, shareOf } from './share.ts';

/**
 * Inserts words of unmarked text behind words of the text, at most one behind each.
 *
 * @param strength words inserted for each word that was there, 0 … 1; rounded to whole words.
 * @param random   yields uniform numbers in (0, 1).
 * @param words    what is inserted is drawn from, at least one.
 * @throws {RangeError} if the strength is out of range.
 */
export function insertWords(
  text: string,
  strength: number,
  random: () => number,
  words: readonly string[],
): AttackedText {
  checkShare(strength);
  const places = wordSpans(text);
  const chosen = chooseUnits(places.length, Math.round(strength * places.length), random);
  return {
    text: rewriteSpans(text, places, (word, i) => (chosen.has(i) ? `${word} ${pick(words, random)}` : word)),
    touched: shareOf(chosen.size, places.length),
  };
}
