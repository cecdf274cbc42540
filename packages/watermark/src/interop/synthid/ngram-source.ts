/**
 * A word source over n-grams that are hashed to 64 bits, from which a draw makes the words: SynthID-Text's shape.
 */
import { checkWords } from '../../prf/check.ts';
import { HEADER_WORDS } from '../../prf/word-source.ts';
import { checkSource } from '../checked-source.ts';
import type { MarkSource } from '../profile.ts';
import { writeSalt } from '../salt.ts';
import { createHashBlock, foldTokens, type HashBlock, halves } from './ngram-hash.ts';

/** How hashes of n-grams become words. Holds the keys until it is wiped. */
export interface NgramDraw {
  /**
   * Computes the words of the first `count` hashes; bit l is the g-value of layer l.
   *
   * @param hashes not changed.
   * @param out    Uint32Array, at least `[at + count]`; entries from `at` on are overwritten.
   */
  words(hashes: HashBlock, count: number, out: Uint32Array, at: number): void;
  /** Replaces the first `count` hashes by the part of them that words depend on: what names a draw. */
  reduce(hashes: HashBlock, count: number): void;
  /** Overwrites what was made of the keys. */
  wipe(): void;
}

/** A {@link MarkSource} that also tells the hash of a context. */
export interface NgramSource extends MarkSource {
  /** Returns the 64-bit hash of a context `[h]`, signed. */
  contextHash(context: Uint32Array): bigint;
  /**
   * Writes what names the draw at each position, as the draw reduces it: the low 32 bits.
   *
   * @param out Uint32Array, at least `[positions.length]`.
   */
  sequenceNames(tokenIds: Uint32Array, positions: Uint32Array, out: Uint32Array): void;
}

// N-grams are hashed in runs of this many: bounds the memory, not the result.
const RUN = 1024;

/**
 * Creates the source.
 *
 * @param ngramLength tokens that are hashed together, the scored one included: 2…16.
 * @param initial     the hash of no tokens.
 * @param draw        not shared: it is wiped when the source is closed.
 */
export function createNgramSource(ngramLength: number, initial: bigint, draw: NgramDraw): NgramSource {
  const contextWidth = ngramLength - 1;
  const [firstLow, firstHigh] = halves(initial);
  const hashes = createHashBlock(RUN);
  const one = createHashBlock(1);

  function hashContext(context: Uint32Array): void {
    foldTokens(context, 0, contextWidth, firstLow, firstHigh, one, 0);
  }

  // Hashes the n-grams that end at `count` positions from `start` on.
  function foldAt(tokenIds: Uint32Array, positions: Uint32Array, start: number, count: number): void {
    for (let i = 0; i < count; i++) {
      const first = positions[start + i]! - contextWidth;
      foldTokens(tokenIds, first, ngramLength, firstLow, firstHigh, hashes, i);
    }
  }

  const { source, checkOpen } = checkSource({
    contextWidth,

    sequenceHeaders(tokenIds, out) {
      const rows = out.length / HEADER_WORDS;
      for (let start = 0; start < rows; start += RUN) {
        const count = Math.min(RUN, rows - start);
        for (let i = 0; i < count; i++) {
          foldTokens(tokenIds, start + i, ngramLength, firstLow, firstHigh, hashes, i);
        }
        draw.reduce(hashes, count);
        for (let i = 0; i < count; i++) {
          const row = start + i;
          // The reader mixes the token id in; it has no part in the name of a draw.
          const at = HEADER_WORDS * row;
          writeSalt(hashes.low[i]!, hashes.high[i]!, out, at);
          out[at + 3]! ^= tokenIds[row + contextWidth]!;
        }
      }
    },

    sequenceWords(tokenIds, positions, _symbols, out) {
      for (let start = 0; start < positions.length; start += RUN) {
        const count = Math.min(RUN, positions.length - start);
        foldAt(tokenIds, positions, start, count);
        draw.words(hashes, count, out, start);
      }
    },

    contextHeader(context, out) {
      hashContext(context);
      writeSalt(one.low[0]!, one.high[0]!, out, 0);
    },

    candidateWords(context, candidates, _symbol, out) {
      hashContext(context);
      const low = one.low[0]!;
      const high = one.high[0]!;
      for (let start = 0; start < candidates.length; start += RUN) {
        const count = Math.min(RUN, candidates.length - start);
        for (let i = 0; i < count; i++) foldTokens(candidates, start + i, 1, low, high, hashes, i);
        draw.words(hashes, count, out, start);
      }
    },

    close() {
      hashes.low.fill(0);
      hashes.high.fill(0);
      one.low.fill(0);
      one.high.fill(0);
      draw.wipe();
    },
  });

  return {
    ...source,
    contextHash(context) {
      checkOpen();
      checkWords('context', context, contextWidth);
      hashContext(context);
      return (BigInt(one.high[0]!) << 32n) | BigInt(one.low[0]! >>> 0);
    },
    sequenceNames(tokenIds, positions, out) {
      checkOpen();
      for (let start = 0; start < positions.length; start += RUN) {
        const count = Math.min(RUN, positions.length - start);
        foldAt(tokenIds, positions, start, count);
        draw.reduce(hashes, count);
        for (let i = 0; i < count; i++) out[start + i] = hashes.low[i]!;
      }
    },
  };
}
