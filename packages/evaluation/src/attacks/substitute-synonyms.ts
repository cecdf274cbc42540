import { rewriteSpans } from '../text/rewrite.ts';
import { letterSpans } from '../text/words.ts';
import type { SynonymSource } from '../wordnet/synonym-source.ts';
import type { AttackedText } from './attack.ts';
import { checkShare, chooseUnits, pick, shareOf } from './share.ts';

/**
 * Puts a synonym in place of words; a first capital, or capitals throughout, are kept.
 *
 * Only words that have a synonym can be replaced, so a large share is not reached: `touched` says which one was.
 *
 * @param strength share of all words (runs of letters) that is asked for, 0 … 1; rounded to whole words.
 * @param random   yields uniform numbers in (0, 1).
 * @param synonyms what may stand for what.
 * @throws {RangeError} if the strength is out of range.
 */
export function substituteSynonyms(
  text: string,
  strength: number,
  random: () => number,
  synonyms: SynonymSource,
): AttackedText {
  checkShare(strength);
  const all = letterSpans(text);
  const choices = all
    .map((span) => ({ ...span, words: synonyms.synonymsOf(text.slice(span.start, span.end).toLowerCase()) }))
    .filter(({ words }) => words.length > 0);
  const asked = Math.min(choices.length, Math.round(strength * all.length));
  const chosen = chooseUnits(choices.length, asked, random);
  const replace = (word: string, i: number): string =>
    chosen.has(i) ? inCaseOf(word, pick(choices[i]?.words ?? [word], random)) : word;
  return { text: rewriteSpans(text, choices, replace), touched: shareOf(chosen.size, all.length) };
}

function inCaseOf(word: string, other: string): string {
  if (word.length > 1 && word === word.toUpperCase()) return other.toUpperCase();
  const first = word.charAt(0);
  return first === first.toLowerCase() ? other : other.charAt(0).toUpperCase() + other.slice(1);
}
