/** The words of a TextSeal mark. */
import { HEADER_WORDS } from '../../prf/word-source.ts';
import { checkSource } from '../checked-source.ts';
import type { MarkSource } from '../profile.ts';
import { contextSum, type TextSealPrf, TOKEN_PRIME } from './prf.ts';
import type { TupleNames } from './tuples.ts';

/** What {@link createTextSealSource} is made of. */
export interface TextSealSourceOptions {
  readonly prf: TextSealPrf;
  readonly contextWidth: number;
  readonly names: TupleNames;
  /** Computes the word of a sum. */
  readonly wordOf: (prf: TextSealPrf, sum: number) => number;
}

/** Creates a source over TextSeal's function. Closing it twice is allowed. */
export function createTextSealSource(options: TextSealSourceOptions): MarkSource {
  const { prf, contextWidth, names, wordOf } = options;
  return checkSource({
    contextWidth,

    sequenceHeaders(tokenIds, out) {
      for (let i = 0, at = 0; at < out.length; i++, at += HEADER_WORDS) {
        const tokenId = tokenIds[i + contextWidth]!;
        names.write(contextSum(tokenIds, i, contextWidth) + TOKEN_PRIME * tokenId, tokenId, out, at);
      }
    },

    sequenceWords(tokenIds, positions, _symbols, out) {
      for (let i = 0; i < positions.length; i++) {
        const position = positions[i]!;
        const context = contextSum(tokenIds, position - contextWidth, contextWidth);
        const sum = context + TOKEN_PRIME * tokenIds[position]!;
        out[i] = names.isScored(sum) ? wordOf(prf, sum) : 0;
      }
    },

    contextHeader(context, out) {
      names.write(contextSum(context, 0, contextWidth), 0, out, 0);
    },

    candidateWords(context, candidates, _symbol, out) {
      const sum = contextSum(context, 0, contextWidth);
      for (let i = 0; i < candidates.length; i++) out[i] = wordOf(prf, sum + TOKEN_PRIME * candidates[i]!);
    },

    close: () => prf.wipe(),
  }).source;
}
