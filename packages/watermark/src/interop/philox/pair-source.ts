/** A word source of a foreign hash from what the hash does with a batch of (context, token) pairs. */
import { checkBytes, checkInteger, checkWords } from '../../prf/check.ts';
import { HEADER_WORDS } from '../../prf/word-source.ts';
import type { MarkSource } from '../profile.ts';

/** Room for a batch of pairs: column j, `[batch]`, holds the j-th oldest context id of each pair. */
interface PairBuffers {
  readonly batch: number;
  readonly columns: Uint32Array;
  readonly tokens: Uint32Array;
}

/** A foreign hash under one key, applied to the pairs in its buffers. */
export interface PairHash {
  readonly buffers: PairBuffers;
  /** Writes rows `[0, 0, saltLow, saltHigh]` of the first `count` pairs to `out` from `at` on. */
  salts(count: number, out: Uint32Array, at: number): void;
  /** Writes the row of the first pair's context, whatever its token. */
  contextSalt(out: Uint32Array): void;
  /** Writes the words of the first `count` pairs to `out` from `at` on; `shared`: all have the first pair's context. */
  words(count: number, out: Uint32Array, at: number, shared: boolean): void;
  /** Overwrites the key, and what the buffers hold. */
  wipe(): void;
}

/**
 * Creates a checked source.
 *
 * @param contextWidth token ids in a context, 1…64.
 */
export function createPairSource(contextWidth: number, hash: PairHash): MarkSource {
  const { batch, columns, tokens } = hash.buffers;
  let closed = false;

  function checkOpen(): void {
    if (closed) throw new TypeError('"source" expected an open source, got a closed one');
  }

  function loadContext(context: Uint32Array): void {
    for (let place = 0; place < contextWidth; place++) columns[place * batch] = context[place] ?? 0;
  }

  return {
    contextWidth,

    sequenceHeaders(tokenIds, out) {
      checkOpen();
      checkWords('tokenIds', tokenIds);
      const count = Math.max(0, tokenIds.length - contextWidth);
      checkWords('out', out, HEADER_WORDS * count);
      for (let start = 0; start < count; start += batch) {
        const size = Math.min(batch, count - start);
        for (let place = 0; place < contextWidth; place++) {
          columns.set(tokenIds.subarray(start + place, start + place + size), place * batch);
        }
        tokens.set(tokenIds.subarray(start + contextWidth, start + contextWidth + size));
        hash.salts(size, out, HEADER_WORDS * start);
      }
    },

    sequenceWords(tokenIds, positions, symbols, out) {
      checkOpen();
      checkWords('tokenIds', tokenIds);
      checkWords('positions', positions);
      checkBytes('symbols', symbols, positions.length);
      checkWords('out', out, positions.length);
      for (let start = 0; start < positions.length; start += batch) {
        const size = Math.min(batch, positions.length - start);
        for (let i = 0; i < size; i++) {
          const position = positions[start + i] ?? 0;
          if (position < contextWidth || position >= tokenIds.length) {
            checkInteger(`positions[${start + i}]`, position, contextWidth, tokenIds.length - 1);
          }
          if (symbols[start + i] !== 0) checkInteger(`symbols[${start + i}]`, symbols[start + i] ?? 0, 0, 0);
          tokens[i] = tokenIds[position] ?? 0;
          const first = position - contextWidth;
          for (let place = 0; place < contextWidth; place++) {
            columns[place * batch + i] = tokenIds[first + place] ?? 0;
          }
        }
        hash.words(size, out, start, false);
      }
    },

    contextHeader(context, out) {
      checkOpen();
      checkWords('context', context, contextWidth);
      checkWords('out', out, HEADER_WORDS);
      loadContext(context);
      hash.contextSalt(out);
    },

    candidateWords(context, candidates, symbol, out) {
      checkOpen();
      checkWords('context', context, contextWidth);
      checkWords('candidates', candidates);
      checkInteger('symbol', symbol, 0, 0);
      checkWords('out', out, candidates.length);
      for (let start = 0; start < candidates.length; start += batch) {
        const size = Math.min(batch, candidates.length - start);
        loadContext(context);
        tokens.set(candidates.subarray(start, start + size));
        hash.words(size, out, start, true);
      }
    },

    close() {
      closed = true;
      hash.wipe();
    },
  };
}
