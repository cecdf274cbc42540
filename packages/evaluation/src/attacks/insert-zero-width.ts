import { rewriteSpans } from '../text/rewrite.ts';
import { letterSpans } from '../text/words.ts';
import type { AttackedText } from './attack.ts';
import { checkShare, chooseUnits, pick, shareOf } from './share.ts';

// Zero-width space, non-joiner, joiner, word joiner, byte order mark, soft hyphen.
const INVISIBLE = ['\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad'];

/**
 * Puts an invisible character inside words.
 *
 * @param strength share of the words of at least two letters, 0 … 1; rounded to whole words.
 * @param random   yields uniform numbers in (0, 1).
 * @throws {RangeError} if the strength is out of range.
 */
export function insertZeroWidth(text: string, strength: number, random: () => number): AttackedText {
  checkShare(strength);
  const words = letterSpans(text).filter(({ start, end }) => [...text.slice(start, end)].length >= 2);
  const chosen = chooseUnits(words.length, Math.round(strength * words.length), random);
  return {
    text: rewriteSpans(text, words, (word, i) => (chosen.has(i) ? disguise(word, random) : word)),
    touched: shareOf(chosen.size, words.length),
  };
}

function disguise(word: string, random: () => number): string {
  const letters = [...word];
  const at = 1 + Math.floor((letters.length - 1) * random());
  return `${letters.slice(0, at).join('')}${pick(INVISIBLE, random)}${letters.slice(at).join('')}`;
}
