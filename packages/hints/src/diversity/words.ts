/** Words of a text in any language. */

// Scripts without spaces between words: a character counts as a word there. A dictionary (Intl.Segmenter) would cut better, but
// differently with every version of ICU, and figures of different machines could not be compared.
const UNSPACED =
  '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}]';
const WORD = new RegExp(
  `${UNSPACED}\\p{M}{0,8}|(?:(?!${UNSPACED})[\\p{L}\\p{M}\\p{N}])+(?:['’](?:(?!${UNSPACED})[\\p{L}\\p{M}\\p{N}])+)?`,
  'gu',
);

/** Lists the words of a text in lower case: runs of letters, marks and digits, and single characters of scripts without spaces. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(WORD) ?? [];
}

/** Lists the grams of `n` words, in order; each is its words with a space between them. */
export function wordGrams(words: readonly string[], n: number): readonly string[] {
  return Array.from({ length: Math.max(0, words.length - n + 1) }, (_, i) => words.slice(i, i + n).join(' '));
}
