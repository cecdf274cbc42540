import type { DetectorOptions } from '@countermark/detector';
import type { ReadAs } from '../attacks/attack.ts';

/**
 * How a detector is set up for each way to read a document.
 *
 * `ids`: the token ids as they were generated. All others tokenize the text: `text` with the default normalization,
 * `unnormalized` without any, `folded` with look-alikes folded as well, `regions` as `text` with a search for marked parts
 * and its correction.
 */
export const READING_OPTIONS: Readonly<Record<ReadAs, Pick<DetectorOptions, 'normalization' | 'regions'>>> = {
  ids: {},
  text: { normalization: 'invisible' },
  unnormalized: { normalization: 'none' },
  folded: { normalization: 'invisible-and-homoglyphs' },
  regions: { normalization: 'invisible', regions: true },
};
