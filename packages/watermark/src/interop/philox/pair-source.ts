/** A word source of a foreign hash from what the hash does with a batch of (context, token) pairs. */
import { HEADER_WORDS } from '../../prf/word-source.ts';
import { checkSource } from '../checked-source.ts';
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

  function loadContext(context: Uint32Array): void {
    for (let place = 0; place < contextWidth; place++) columns[place * batch] = context[place] ?? 0;
  }

  return checkSource({
    contextWidth,

    sequenceHeaders(tokenIds, out) {
      const count = Math.max(0, tokenIds.length - contextWidth);
      for (let start = 0; start < count; start += batch) {
        const size = Math.min(batch, count - start);
        for (let place = 0; place < contextWidth; place++) {
          columns.set(tokenIds.subarray(start + place, start + place + size), place * batch);
        }
        tokens.set(tokenIds.subarray(start + contextWidth, start + contextWidth + size));
        hash.salts(size, out, HEADER_WORDS * start);
      }
    },

    sequenceWords(tokenIds, positions, _symbols, out) {
      for (let start = 0; start < positions.length; start += batch) {
        const size = Math.min(batch, positions.length - start);
        for (let i = 0; i < size; i++) {
          const position = positions[start + i] ?? 0;
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
      loadContext(context);
      hash.contextSalt(out);
    },

    candidateWords(context, candidates, _symbol, out) {
      for (let start = 0; start < candidates.length; start += batch) {
        const size = Math.min(batch, candidates.length - start);
        loadContext(context);
        tokens.set(candidates.subarray(start, start + size));
        hash.words(size, out, start, true);
      }
    },

    close: () => hash.wipe(),
  }).source;
}
