import type { NormalizationPass } from './normalization-pass.ts';
import { type Rewrite, utf8Length } from './offset-map.ts';

// Source: Unicode 16.0, UTS #39, confusables.txt, narrowed to letters that look the same in common fonts. Greek
// small letters stay out but for omicron and its like: ρ and ν beside Latin letters are physics, not disguise.
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map(
  [
    ['АВЕЅІЈКМНОРСТУХҮԌԚԜӀ', 'ABESIJKMHOPCTYXYGQWI'], // Cyrillic
    ['аеорсухѕіјһԁԛԝӏ', 'aeopcyxsijhdqwl'],
    ['ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ', 'ABEZHIKMNOPTYX'], // Greek
    ['οϲϳ', 'ocj'],
  ].flatMap(([from = '', to = '']) => Array.from(from, (letter, i) => [letter, to.charAt(i)] as const)),
);

const LOOK_ALIKE = new RegExp(`[${[...LOOK_ALIKES.keys()].join('')}]`, 'u');
const LATIN = /\p{Script=Latin}/u;
const OTHER_LETTERS = /(?!\p{Script=Latin})\p{L}/gu;
const WORDS = /[\p{L}\p{M}]+/gu;

/** Replaces look-alikes of Latin letters in words that are Latin but for them. */
export function foldHomoglyphs(text: string): NormalizationPass {
  const rewrites: Rewrite[] = [];
  const kept: string[] = [];
  let end = 0;
  let at = 0;
  let originalAt = 0;
  const keep = (to: number): void => {
    const part = text.slice(end, to);
    const length = utf8Length(part);
    kept.push(part);
    at += length;
    originalAt += length;
    end = to;
  };

  for (const { 0: word, index } of text.matchAll(WORDS)) {
    if (!isDisguised(word)) continue;
    for (const { 0: letter, index: inWord } of word.matchAll(OTHER_LETTERS)) {
      const latin = LOOK_ALIKES.get(letter) ?? letter;
      keep(index + inWord);
      const originalLength = utf8Length(letter);
      rewrites.push({ at, length: latin.length, originalAt, originalLength });
      kept.push(latin);
      at += latin.length;
      originalAt += originalLength;
      end += letter.length;
    }
  }
  keep(text.length);
  const counts = new Map(rewrites.length > 0 ? [['homoglyph', rewrites.length] as const] : []);
  return { text: kept.join(''), rewrites, counts };
}

function isDisguised(word: string): boolean {
  if (!LOOK_ALIKE.test(word) || !LATIN.test(word)) return false;
  return word.match(OTHER_LETTERS)?.every((letter) => LOOK_ALIKES.has(letter)) ?? false;
}
