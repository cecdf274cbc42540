import { rewriteSpans } from '../text/rewrite.ts';
import { spansOf } from '../text/words.ts';
import type { AttackedText } from './attack.ts';
import { checkShare, chooseUnits, shareOf } from './share.ts';

/** Latin letters and what looks like them. */
export type LookAlikes = ReadonlyMap<string, string>;

/** Cyrillic letters that look like Latin ones in most fonts (Unicode, UTS #39, confusables.txt). */
export const CYRILLIC_LOOK_ALIKES: LookAlikes = pairs('aceopsxyijABCEHIKMOPSTXY', 'асеорѕхуіјАВСЕНІКМОРЅТХУ');

/**
 * Look-alikes of UTS #39 from elsewhere: Armenian letters, a phonetic one, a Cyrillic one of Abkhaz and small Roman numerals.
 * `invisible-and-homoglyphs` folds none of them.
 */
export const OTHER_LOOK_ALIKES: LookAlikes = pairs('aehnoqucdilm', 'ɑҽհոօզսⅽⅾⅰⅼⅿ');

function pairs(from: string, to: string): LookAlikes {
  const other = [...to];
  return new Map([...from].map((letter, i) => [letter, other[i] as string]));
}

/**
 * Puts look-alikes in place of letters.
 *
 * @param strength   share of the letters that have a look-alike, 0 … 1; rounded to whole letters.
 * @param random     yields uniform numbers in (0, 1).
 * @param lookAlikes what stands for which letter.
 * @throws {RangeError} if the strength is out of range.
 */
export function replaceLetters(
  text: string,
  strength: number,
  random: () => number,
  lookAlikes: LookAlikes,
): AttackedText {
  checkShare(strength);
  const letters = spansOf(text, new RegExp(`[${[...lookAlikes.keys()].join('')}]`, 'gu'));
  const chosen = chooseUnits(letters.length, Math.round(strength * letters.length), random);
  return {
    text: rewriteSpans(text, letters, (letter, i) =>
      chosen.has(i) ? (lookAlikes.get(letter) ?? letter) : letter,
    ),
    touched: shareOf(chosen.size, letters.length),
  };
}
