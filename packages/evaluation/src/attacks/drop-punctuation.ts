import { rewriteSpans } from '../text/rewrite.ts';
import { spansOf } from '../text/words.ts';
import type { AttackedText } from './attack.ts';
import { checkShare, chooseUnits, shareOf } from './share.ts';

/**
 * Removes punctuation marks.
 *
 * @param strength share of the characters of Unicode's category P, 0 … 1; rounded to whole characters.
 * @param random   yields uniform numbers in (0, 1).
 * @throws {RangeError} if the strength is out of range.
 */
export function dropPunctuation(text: string, strength: number, random: () => number): AttackedText {
  checkShare(strength);
  const marks = spansOf(text, /\p{P}/gu);
  const chosen = chooseUnits(marks.length, Math.round(strength * marks.length), random);
  return {
    text: rewriteSpans(text, marks, (mark, i) => (chosen.has(i) ? '' : mark)),
    touched: shareOf(chosen.size, marks.length),
  };
}
