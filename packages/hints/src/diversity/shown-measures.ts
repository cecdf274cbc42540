import type { DiversityMeasures } from './measure-diversity.ts';

/** A measure as reports show it. */
export interface ShownMeasure {
  readonly name: string;
  /** Null where there is too little text. */
  readonly value: number | null;
  /** The value, or that there is too little. */
  readonly text: string;
}

/**
 * Names the measures of diversity for a reader, in the order in which they are shown.
 *
 * @param texts what the sample is of.
 */
export function shownMeasures(
  { documents, meanWords, distinct, compression, overlap, openingBits }: DiversityMeasures,
  texts: 'documents' | 'answers',
): readonly ShownMeasure[] {
  const shown = (name: string, value: number | null, digits = 0, unit = 1): ShownMeasure => ({
    name,
    value: value === null ? null : unit * value,
    text:
      value === null
        ? `too few ${texts}`
        : (unit * value).toLocaleString('en-US', {
            minimumFractionDigits: digits,
            maximumFractionDigits: digits,
          }),
  });
  return [
    shown(`${texts} in the sample`, documents),
    shown(`mean words of ${texts === 'documents' ? 'a document' : 'an answer'}`, meanWords),
    shown('different words in 1,000', distinct[0], 0, 1000),
    shown('different pairs in 1,000', distinct[1], 0, 1000),
    shown('different triples in 1,000', distinct[2], 0, 1000),
    shown('compression, times', compression, 2),
    shown('overlap of 4-grams, %', overlap, 1, 100),
    shown('entropy of openings, bits', openingBits, 2),
  ];
}
