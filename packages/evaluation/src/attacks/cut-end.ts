import { wordSpans } from '../text/words.ts';
import type { AttackedText } from './attack.ts';
import { checkShare, shareOf } from './share.ts';

/**
 * Cuts the end off a text.
 *
 * @param strength share of the words that go, 0 … 1; rounded to whole words.
 * @throws {RangeError} if the strength is out of range.
 */
export function cutEnd(text: string, strength: number): AttackedText {
  checkShare(strength);
  const words = wordSpans(text);
  const cut = Math.round(strength * words.length);
  if (cut === 0) return { text, touched: 0 };
  return {
    text: text.slice(0, words[words.length - cut - 1]?.end ?? 0),
    touched: shareOf(cut, words.length),
  };
}
