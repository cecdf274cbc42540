/** What the tests of attacks change, and what they change it with. */
import type { AttackResources, SynonymSource } from '@countermark/evaluation';
import { unmarkedText } from '@countermark/evaluation';
import { BYTE_TOKENIZER } from '../support/byte-tokenizer.ts';

/** 120 words with capitals, punctuation, digits, a line break, an accent and an emoji, no two alike. */
export const TEXT: string = Array.from({ length: 120 }, (_, i) => {
  const word = `w${String.fromCodePoint(97 + (i % 26), 97 + Math.floor(i / 26))}ceo`;
  if (i % 10 === 9) return `${word}.${i % 20 === 19 ? '\n' : ' '}`;
  if (i % 10 === 0) return `W${word} `;
  if (i === 33) return 'café ';
  if (i === 34) return `🦊${word} `;
  return i % 7 === 3 ? `${word}, ` : `${word} `;
})
  .join('')
  .trim();

/** Synonyms of every word that starts with "wa" or "wb": itself with an x behind it. */
export const SYNONYMS: SynonymSource = {
  synonymsOf: (word) => (/^w[ab]/.test(word) ? [`${word}x`] : []),
};

/** Sentences that have no word in common with {@link TEXT}. */
export const RESOURCES: AttackResources = {
  ...unmarkedText(
    Array.from({ length: 40 }, (_, i) => `Z${i} ${'zz '.repeat(3 + (i % 5))}zend${i}. `).join(''),
  ),
  synonyms: SYNONYMS,
  foreignTokenizer: BYTE_TOKENIZER,
};
