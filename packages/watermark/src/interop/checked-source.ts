/** Arguments of a mark's source, checked before it sees them. */
import { checkBytes, checkInteger, checkWords } from '../prf/check.ts';
import { HEADER_WORDS } from '../prf/word-source.ts';
import type { MarkSource } from './profile.ts';

/** A source that may be closed twice, and used no more after the first time. */
export interface CheckedSource {
  readonly source: MarkSource;
  /** Throws a TypeError once the source is closed: for what reads its key by another way. */
  checkOpen(): void;
}

/**
 * Checks all that {@link MarkSource} asks of its arguments, and that the source is open.
 *
 * @param unchecked not used otherwise. It may take every argument as it should be.
 */
export function checkSource(unchecked: MarkSource): CheckedSource {
  const { contextWidth } = unchecked;
  let closed = false;

  function checkOpen(): void {
    if (closed) throw new TypeError('"source" expected an open source, got a closed one');
  }

  const source: MarkSource = {
    contextWidth,

    sequenceHeaders(tokenIds, out) {
      checkOpen();
      checkWords('tokenIds', tokenIds);
      checkWords('out', out, HEADER_WORDS * Math.max(0, tokenIds.length - contextWidth));
      unchecked.sequenceHeaders(tokenIds, out);
    },

    sequenceWords(tokenIds, positions, symbols, out) {
      checkOpen();
      checkWords('tokenIds', tokenIds);
      checkWords('positions', positions);
      checkBytes('symbols', symbols, positions.length);
      checkWords('out', out, positions.length);
      for (let i = 0; i < positions.length; i++) {
        const position = positions[i]!;
        if (position < contextWidth || position >= tokenIds.length) {
          checkInteger(`positions[${i}]`, position, contextWidth, tokenIds.length - 1);
        }
        if (symbols[i] !== 0) checkInteger(`symbols[${i}]`, symbols[i]!, 0, 0);
      }
      unchecked.sequenceWords(tokenIds, positions, symbols, out);
    },

    contextHeader(context, out) {
      checkOpen();
      checkWords('context', context, contextWidth);
      checkWords('out', out, HEADER_WORDS);
      unchecked.contextHeader(context, out);
    },

    candidateWords(context, candidates, symbol, out) {
      checkOpen();
      checkWords('context', context, contextWidth);
      checkWords('candidates', candidates);
      checkInteger('symbol', symbol, 0, 0);
      checkWords('out', out, candidates.length);
      unchecked.candidateWords(context, candidates, symbol, out);
    },

    close() {
      closed = true;
      unchecked.close();
    },
  };
  return { source, checkOpen };
}
