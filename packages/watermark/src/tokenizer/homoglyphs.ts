import type { NormalizationPass } from './normalization-pass.ts';
import { type Rewrite, utf8Length } from './offset-map.ts';
import { classBody, classBodyOf, matchesOf } from './unicode-pattern.ts';
import { LATIN } from './unicode-sets.ts';

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
const LATIN_LETTER = `[${classBody(LATIN)}]`;
const HAS_LATIN = new RegExp(LATIN_LETTER, 'u');
const OTHER_LETTERS = new RegExp(`(?!${LATIN_LETTER})[${classBodyOf('ulc')}]`, 'gu');
const WORDS = new RegExp(`[${classBodyOf('ulcm')}]+`, 'gu');

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

  for (const { 0: word, index } of matchesOf(WORDS, text)) {
    if (!isDisguised(word)) continue;
    for (const { 0: letter, index: inWord } of matchesOf(OTHER_LETTERS, word)) {
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
  if (!LOOK_ALIKE.test(word) || !HAS_LATIN.test(word)) return false;
  return word.match(OTHER_LETTERS)?.every((letter) => LOOK_ALIKES.has(letter)) ?? false;
}
