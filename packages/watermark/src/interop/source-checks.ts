import { checkBytes, checkInteger, checkWords } from '../prf/check.ts';
import { HEADER_WORDS } from '../prf/word-source.ts';

/** Refuses what {@link MarkSource.sequenceHeaders} cannot take. */
export function checkHeaders(tokenIds: Uint32Array, out: Uint32Array, contextWidth: number): void {
  checkWords('tokenIds', tokenIds);
  checkWords('out', out, HEADER_WORDS * Math.max(0, tokenIds.length - contextWidth));
}

/** Refuses what {@link MarkSource.sequenceWords} cannot take. */
export function checkSequence(
  tokenIds: Uint32Array,
  positions: Uint32Array,
  symbols: Uint8Array,
  out: Uint32Array,
  contextWidth: number,
): void {
  checkWords('tokenIds', tokenIds);
  checkWords('positions', positions);
  checkBytes('symbols', symbols, positions.length);
  checkWords('out', out, positions.length);
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    if (position < contextWidth || position >= tokenIds.length) {
      checkInteger(`positions[${i}]`, position, contextWidth, tokenIds.length - 1);
    }
  }
}

/** Refuses what {@link MarkSource.contextHeader} cannot take. */
export function checkContext(context: Uint32Array, out: Uint32Array, contextWidth: number): void {
  checkWords('context', context, contextWidth);
  checkWords('out', out, HEADER_WORDS);
}

/** Refuses what {@link MarkSource.candidateWords} cannot take. */
export function checkCandidates(
  context: Uint32Array,
  candidates: Uint32Array,
  out: Uint32Array,
  contextWidth: number,
): void {
  checkWords('context', context, contextWidth);
  checkWords('candidates', candidates);
  checkWords('out', out, candidates.length);
}
