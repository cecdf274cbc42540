/** A base form that a word may have, and how to put another base form into the word's form. */
export interface WordForm {
  readonly base: string;
  /** Parts of speech that have such a form. */
  readonly partsOfSpeech: readonly PartOfSpeech[];
  inflect(base: string): string;
}

/** Parts of speech, as WordNet's files are named. */
export type PartOfSpeech = 'noun' | 'verb' | 'adj' | 'adv';

const ALL: readonly PartOfSpeech[] = ['noun', 'verb', 'adj', 'adv'];

/**
 * Returns the base forms that an English word may have: itself, and what its ending -s, -ed or -ing leaves. Irregular forms
 * and doubled consonants are not known.
 */
export function wordForms(word: string): WordForm[] {
  const forms: WordForm[] = [{ base: word, partsOfSpeech: ALL, inflect: (base) => base }];
  const add = (
    base: string,
    partsOfSpeech: readonly PartOfSpeech[],
    inflect: (base: string) => string,
  ): void => {
    if (base.length >= 3) forms.push({ base, partsOfSpeech, inflect });
  };
  if (word.endsWith('ies')) add(`${word.slice(0, -3)}y`, ['noun', 'verb'], withS);
  if (/(?:s|x|z|ch|sh)es$/.test(word)) add(word.slice(0, -2), ['noun', 'verb'], withS);
  if (/[^s]s$/.test(word)) add(word.slice(0, -1), ['noun', 'verb'], withS);
  if (word.endsWith('ed')) {
    add(word.slice(0, -2), ['verb'], withEd);
    add(word.slice(0, -1), ['verb'], withEd);
  }
  if (word.endsWith('ing')) {
    add(word.slice(0, -3), ['verb'], withIng);
    add(`${word.slice(0, -3)}e`, ['verb'], withIng);
  }
  return forms;
}

function withS(base: string): string {
  if (/[^aeiou]y$/.test(base)) return `${base.slice(0, -1)}ies`;
  return /(?:s|x|z|ch|sh)$/.test(base) ? `${base}es` : `${base}s`;
}

function withEd(base: string): string {
  if (base.endsWith('e')) return `${base}d`;
  return /[^aeiou]y$/.test(base) ? `${base.slice(0, -1)}ied` : `${base}ed`;
}

function withIng(base: string): string {
  return /[^e]e$/.test(base) ? `${base.slice(0, -1)}ing` : `${base}ing`;
}
