import { humanDocuments } from '@countermark/fixtures';
import {
  contentHash,
  type DiversityMeasures,
  DocumentSample,
  HUMAN_DIVERSITY,
  measureDiversity,
  shownMeasures,
} from '@countermark/hints';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';

function measureSample(texts: readonly string[]): DiversityMeasures {
  const sample = new DocumentSample();
  for (const text of texts) sample.add(contentHash([text]), [text]);
  return measureDiversity(sample.documents().map(({ text }) => text));
}

/** Texts of words drawn evenly from a vocabulary. */
function drawnTexts(documents: number, words: number, vocabulary: number, seed: number): string[] {
  const random = seededRandom(seed);
  return Array.from({ length: documents }, () =>
    Array.from({ length: words }, () => `w${Math.floor(vocabulary * random())}`).join(' '),
  );
}

describe('measureDiversity', () => {
  it('says nothing about too small a sample', () => {
    expect(measureDiversity([])).toEqual({
      documents: 0,
      meanWords: null,
      distinct: [null, null, null],
      compression: null,
      overlap: null,
      openingBits: null,
    });
    expect(measureDiversity(['one two three'])).toMatchObject({ documents: 1, meanWords: 3, overlap: null });
  });

  it('finds the share of different words that chance gives', () => {
    // 1,000 draws from 500 words meet 500 (1 − (1 − 1/500)^1000) of them: 0.4325 of a thousand; a mean over 100 blocks.
    const { distinct } = measureDiversity(drawnTexts(400, 250, 500, 1));
    expect(distinct[0]).toBeCloseTo(0.5 * (1 - (1 - 1 / 500) ** 1000), 2);
  });

  it('finds the entropy of openings that chance gives', () => {
    // One of 16 words, then two that are always the same.
    const random = seededRandom(2);
    const texts = Array.from({ length: 500 }, () => `w${Math.floor(16 * random())} a b ${random()}`);
    expect(measureDiversity(texts).openingBits).toBeCloseTo(4, 1);
  });

  it('finds most of the entropy of openings of which half were drawn once', () => {
    const random = seededRandom(3);
    const texts = Array.from({ length: 500 }, () => `w${Math.floor(1024 * random())} a b`);
    const { openingBits } = measureDiversity(texts);
    // The plain estimate is under log2(500) = 8.97 bits whatever the law.
    expect(openingBits).toBeGreaterThan(9.6);
    expect(openingBits).toBeLessThan(10.4);
  });

  it('finds what documents have in common', () => {
    const own = drawnTexts(200, 100, 1_000_000, 4);
    expect(measureDiversity(own).overlap).toBe(0);
    // Half of each document's words are another's: 47 of its 97 grams.
    const shared = drawnTexts(1, 50, 1_000_000, 5)[0];
    const half = own.map((text) => `${shared} ${text}`);
    expect(measureDiversity(half).overlap).toBeCloseTo(47 / 97, 10);
  });

  it('does not depend on the size of the corpus', () => {
    const small = measureDiversity(drawnTexts(600, 200, 300, 6));
    const large = measureDiversity(drawnTexts(1800, 200, 300, 7));
    expect(large.distinct[1]).toBeCloseTo(small.distinct[1] ?? 0, 2);
    expect(large.compression).toBeCloseTo(small.compression ?? 0, 1);
    expect(large.overlap).toBeCloseTo(small.overlap ?? 0, 2);
  });

  it('takes a character of a script without spaces for a word', () => {
    expect(measureDiversity(['我是一个学生']).meanWords).toBe(6);
    expect(measureDiversity(['Don’t panic, 我们 go']).meanWords).toBe(5);
  });
});

describe('HUMAN_DIVERSITY', () => {
  it('has prose, e-mail and code in two lengths', () => {
    expect(HUMAN_DIVERSITY.map(({ kind, characters }) => `${kind} ${characters}`)).toEqual(
      ['prose', 'e-mail', 'code'].flatMap((kind) => [`${kind} 300`, `${kind} 1500`]),
    );
  });

  it.each(HUMAN_DIVERSITY)(
    'has what human $kind yields in $characters characters',
    ({ kind, characters, measures }) => {
      const { compression, distinct, ...others } = measures;
      const measured = measureSample(humanDocuments(kind, characters));
      expect(measured.documents).toBe(others.documents);
      expect(measured.meanWords).toBeCloseTo(others.meanWords ?? 0, 3);
      expect(measured.overlap).toBeCloseTo(others.overlap ?? 0, 3);
      expect(measured.openingBits).toBeCloseTo(others.openingBits ?? 0, 3);
      for (const n of [0, 1, 2] as const) expect(measured.distinct[n]).toBeCloseTo(distinct[n] ?? 0, 3);
      // Versions of zlib differ a little.
      expect(measured.compression).toBeCloseTo(compression ?? 0, 1);
    },
  );
});

describe('measures that a reader sees', () => {
  const measures: DiversityMeasures = {
    documents: 1234,
    meanWords: 80.4,
    distinct: [0.4325, 0.9, null],
    compression: 2.345,
    overlap: 0.0159,
    openingBits: 8.5,
  };

  it('are named with their units', () => {
    expect(shownMeasures(measures, 'answers')).toEqual([
      { name: 'answers in the sample', value: 1234, text: '1,234' },
      { name: 'mean words of an answer', value: 80.4, text: '80' },
      { name: 'different words in 1,000', value: 432.5, text: '433' },
      { name: 'different pairs in 1,000', value: 900, text: '900' },
      { name: 'different triples in 1,000', value: null, text: 'too few answers' },
      { name: 'compression, times', value: 2.345, text: '2.35' },
      { name: 'overlap of 4-grams, %', value: 1.59, text: '1.6' },
      { name: 'entropy of openings, bits', value: 8.5, text: '8.50' },
    ]);
  });

  it('say what there is too little of', () => {
    const [first, second, , , third] = shownMeasures(measures, 'documents');
    expect([first!.name, second!.name, third!.text]).toEqual([
      'documents in the sample',
      'mean words of a document',
      'too few documents',
    ]);
  });
});
