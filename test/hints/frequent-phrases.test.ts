import { frequentPhrases, MOST_PHRASES, SAMPLE_CHARACTERS } from '@countermark/hints';
import { describe, expect, it } from 'vitest';

const END = 'Let me know if you need more.';
const texts = [
  ...Array.from(
    { length: 7 },
    (_, i) => `Certainly! Here is a summary of chapter ${i}. ${'x'.repeat(i)} ${END}`,
  ),
  ...Array.from(
    { length: 5 },
    (_, i) => `As an aside, w${i} v${i} u${i} t${i} it is worth noting that s${i}.`,
  ),
  'Two words.',
  'Only once is this said here, and never again.',
];

describe('frequentPhrases', () => {
  it('counts documents by what they begin and end with, and say', () => {
    const { documents, whole, openings, endings, phrases } = frequentPhrases(texts);
    expect([documents, whole]).toEqual([14, 14]);
    expect(openings).toEqual([{ words: 'certainly here is a summary', documents: 7 }]);
    expect(endings).toEqual([{ words: 'know if you need more', documents: 7 }]);
    // One of the phrases that a longer one consists of.
    expect(phrases).toEqual([
      { words: 'certainly here is a summary', documents: 7 },
      { words: 'know if you need more', documents: 7 },
      { words: 'it is worth noting that', documents: 5 },
    ]);
  });

  it('counts a phrase once a document, and does not care for the order of the documents', () => {
    const repeated = texts.map((text) => `${text} ${text}`);
    const counts = frequentPhrases(repeated).phrases.map(({ documents }) => documents);
    expect(Math.max(...counts)).toBe(7);
    expect(frequentPhrases([...texts].reverse())).toEqual(frequentPhrases(texts));
  });

  it('knows no end of a document that the sample cut', () => {
    const long = Array.from({ length: 5 }, () => `${'word '.repeat(SAMPLE_CHARACTERS / 5)}`);
    expect(long[0]).toHaveLength(SAMPLE_CHARACTERS);
    expect(frequentPhrases(long)).toMatchObject({ documents: 5, whole: 0, endings: [] });
  });

  it('keeps its lists short', () => {
    const many = Array.from({ length: 40 }, (_, i) => `a${i} b${i} c${i} d${i} e${i} f${i}`);
    const lists = frequentPhrases([...many, ...many, ...many]);
    expect(lists.openings).toHaveLength(MOST_PHRASES);
    expect(lists.phrases).toHaveLength(MOST_PHRASES);
    expect(frequentPhrases([]).phrases).toEqual([]);
  });
});
