/** What documents of a sample begin and end with, and say again and again. A lead, never proof. */
import { SAMPLE_CHARACTERS } from './document-sample.ts';
import { wordGrams, wordsOf } from './words.ts';

/** Words of an opening, an ending and a phrase. */
export const PHRASE_WORDS = 5;
/** Phrases of a list, at most. */
export const MOST_PHRASES = 10;
/** Fewer documents make no phrase frequent. */
export const FREQUENT_DOCUMENTS = 3;

/** Words that documents share. */
export interface FrequentPhrase {
  /** {@link PHRASE_WORDS} words, in lower case, with a space between them. */
  readonly words: string;
  /** How many documents of the sample have them. */
  readonly documents: number;
}

/** The most frequent openings, endings and phrases of a sample, each list by falling number of documents. */
export interface FrequentPhrases {
  /** Documents in the sample. */
  readonly documents: number;
  /** Those of them whose end the sample keeps. */
  readonly whole: number;
  readonly openings: readonly FrequentPhrase[];
  /** Of the {@link whole} ones. */
  readonly endings: readonly FrequentPhrase[];
  /** Anywhere in what the sample keeps of a document; of phrases that share three words, the most frequent. */
  readonly phrases: readonly FrequentPhrase[];
}

/**
 * Counts what the documents of a sample have in common.
 *
 * Samples merge, so that the lists of a corpus are the same in whatever way it was cut, and take no more room than one sample's.
 *
 * @param texts as a `DocumentSample` lists them, in any order.
 */
export function frequentPhrases(texts: readonly string[]): FrequentPhrases {
  const openings = new Map<string, number>();
  const endings = new Map<string, number>();
  const phrases = new Map<string, number>();
  let whole = 0;
  for (const text of texts) {
    const words = wordsOf(text);
    const isWhole = text.length < SAMPLE_CHARACTERS;
    if (isWhole) whole++;
    if (words.length < PHRASE_WORDS) continue;
    count(openings, words.slice(0, PHRASE_WORDS).join(' '));
    if (isWhole) count(endings, words.slice(-PHRASE_WORDS).join(' '));
    for (const gram of new Set(wordGrams(words, PHRASE_WORDS))) count(phrases, gram);
  }
  return {
    documents: texts.length,
    whole,
    openings: mostFrequent(openings, () => true),
    endings: mostFrequent(endings, () => true),
    phrases: mostFrequent(phrases, unlikeBefore()),
  };
}

function count(counts: Map<string, number>, words: string): void {
  counts.set(words, (counts.get(words) ?? 0) + 1);
}

function mostFrequent(
  counts: ReadonlyMap<string, number>,
  isWanted: (words: string) => boolean,
): readonly FrequentPhrase[] {
  const sorted = [...counts]
    .filter(([, documents]) => documents >= FREQUENT_DOCUMENTS)
    .sort(([a, more], [b, most]) => most - more || (a < b ? -1 : 1));
  const list: FrequentPhrase[] = [];
  for (const [words, documents] of sorted) {
    if (list.length === MOST_PHRASES) break;
    if (isWanted(words)) list.push({ words, documents });
  }
  return list;
}

// A sentence of many words is as many phrases: one of them stands for those that share three words with it.
function unlikeBefore(): (words: string) => boolean {
  const parts = new Set<string>();
  return (words) => {
    const own = wordGrams(words.split(' '), SHARED_WORDS);
    if (own.some((part) => parts.has(part))) return false;
    for (const part of own) parts.add(part);
    return true;
  };
}

const SHARED_WORDS = 3;
