import type { Attack, AttackResources, AttackTools } from './attack.ts';
import { changeCase } from './change-case.ts';
import { cutEnd } from './cut-end.ts';
import { deleteWords } from './delete-words.ts';
import { dropPunctuation } from './drop-punctuation.ts';
import { insertWords } from './insert-words.ts';
import { insertZeroWidth } from './insert-zero-width.ts';
import { mixSentences } from './mix-sentences.ts';
import { CYRILLIC_LOOK_ALIKES, OTHER_LOOK_ALIKES, replaceLetters } from './replace-letters.ts';
import { rewriteWhole } from './rewrite-whole.ts';
import { splicePassage } from './splice-passage.ts';
import { substituteSynonyms } from './substitute-synonyms.ts';
import { swapWords } from './swap-words.ts';
import { normalizeLikeSentencePiece, roundTrip, tokenByToken } from './through-tokenizer.ts';

const EDITS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75];
const MIXES = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];
const HIDDEN = [0.05, 0.25, 0.5, 1];
const WHOLE = [1];
/** The unit of attacks without degrees: applied (1) or not (0). */
export const WHOLE_TEXT = 'whole text';

/** Every attack, by the name that people select it with. */
export const ATTACKS: readonly Attack[] = [
  {
    name: 'none',
    unit: WHOLE_TEXT,
    strengths: [0],
    readings: ['ids', 'text', 'regions'],
    apply: (text, strength) => rewriteWhole(text, strength, (whole) => whole),
  },
  {
    name: 'delete',
    unit: 'words deleted',
    strengths: EDITS,
    readings: ['text'],
    apply: deleteWords,
  },
  {
    name: 'insert',
    unit: 'words inserted, for each that was there',
    strengths: EDITS,
    readings: ['text'],
    apply: (text, strength, random, { unmarkedWords }) => insertWords(text, strength, random, unmarkedWords),
  },
  {
    name: 'substitute',
    unit: 'words replaced by a synonym, asked for',
    strengths: EDITS,
    readings: ['text'],
    missing: ({ synonyms }) => (synonyms === undefined ? "WordNet's files" : undefined),
    apply: (text, strength, random, resources) =>
      substituteSynonyms(text, strength, random, given(resources, 'synonyms')),
  },
  {
    name: 'swap',
    unit: 'words that change places with a neighbour',
    strengths: EDITS,
    readings: ['text'],
    apply: swapWords,
  },
  {
    name: 'case',
    unit: 'words with their case changed',
    strengths: EDITS,
    readings: ['text'],
    apply: changeCase,
  },
  {
    name: 'punctuation',
    unit: 'punctuation marks removed',
    strengths: [0.25, 0.5, 1],
    readings: ['text'],
    apply: dropPunctuation,
  },
  {
    name: 'truncate',
    unit: 'words cut off the end',
    strengths: [0.1, 0.25, 0.5, 0.75, 0.9],
    readings: ['text'],
    apply: cutEnd,
  },
  {
    name: 'mix',
    unit: 'unmarked words of the whole, in sentences between its own',
    strengths: MIXES,
    readings: ['text', 'regions'],
    apply: (text, strength, random, { unmarkedSentences }) =>
      mixSentences(text, strength, random, unmarkedSentences),
  },
  {
    name: 'splice',
    unit: 'unmarked words of the whole, around the passage',
    strengths: MIXES,
    readings: ['text', 'regions'],
    apply: (text, strength, random, { unmarkedSentences }) =>
      splicePassage(text, strength, random, unmarkedSentences),
  },
  {
    name: 'homoglyph',
    unit: 'letters with a Cyrillic look-alike replaced by it',
    strengths: HIDDEN,
    readings: ['unnormalized', 'text', 'folded'],
    apply: (text, strength, random) => replaceLetters(text, strength, random, CYRILLIC_LOOK_ALIKES),
  },
  {
    name: 'homoglyph-other',
    unit: 'letters with another look-alike replaced by it',
    strengths: HIDDEN,
    readings: ['unnormalized', 'text', 'folded'],
    apply: (text, strength, random) => replaceLetters(text, strength, random, OTHER_LOOK_ALIKES),
  },
  {
    name: 'zero-width',
    unit: 'words with an invisible character inside',
    strengths: HIDDEN,
    readings: ['unnormalized', 'text', 'folded'],
    apply: insertZeroWidth,
  },
  {
    name: 'round-trip',
    unit: WHOLE_TEXT,
    strengths: WHOLE,
    readings: ['text'],
    missing: missingTokenizer,
    apply: (text, strength, _random, resources) =>
      rewriteWhole(text, strength, (whole) => roundTrip(whole, given(resources, 'foreignTokenizer'))),
  },
  {
    name: 'token-by-token',
    unit: WHOLE_TEXT,
    strengths: WHOLE,
    readings: ['text'],
    missing: missingTokenizer,
    apply: (text, strength, _random, resources) =>
      rewriteWhole(text, strength, (whole) => tokenByToken(whole, given(resources, 'foreignTokenizer'))),
  },
  {
    name: 'normalize',
    unit: WHOLE_TEXT,
    strengths: WHOLE,
    readings: ['text'],
    apply: (text, strength) => rewriteWhole(text, strength, normalizeLikeSentencePiece),
  },
];

function missingTokenizer({ foreignTokenizer }: AttackTools): string | undefined {
  return foreignTokenizer === undefined ? 'another tokenizer' : undefined;
}

function given<Name extends 'synonyms' | 'foreignTokenizer'>(
  resources: AttackResources,
  name: Name,
): NonNullable<AttackResources[Name]> {
  const resource = resources[name];
  if (resource === undefined)
    throw new RangeError(`"resources" expected "${name}" for this attack, got none`);
  return resource;
}
