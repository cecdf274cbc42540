/**
 * A word source over n-grams that are hashed to 64 bits, from which a draw makes the words: SynthID-Text's shape.
 */
import { checkInteger, checkWords } from '../../prf/check.ts';
import { HEADER_WORDS } from '../../prf/word-source.ts';
import type { MarkSource } from '../profile.ts';
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
  let closed = false;

  function checkOpen(): void {
    if (closed) throw new TypeError('"wordSource" expected an open source, got a closed one');
  }

  function hashContext(context: Uint32Array): void {
    checkWords('context', context, contextWidth);
    foldTokens(context, 0, contextWidth, firstLow, firstHigh, one, 0);
  }

  return {
    contextWidth,

    sequenceHeaders(tokenIds, out) {
      checkOpen();
      checkWords('tokenIds', tokenIds);
      checkWords('out', out, HEADER_WORDS * Math.max(tokenIds.length - contextWidth, 0));
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
          writeSalt(hashes, i, tokenIds[row + contextWidth]!, out, HEADER_WORDS * row);
        }
      }
    },

    sequenceWords(tokenIds, positions, symbols, out) {
      checkOpen();
      checkWords('tokenIds', tokenIds);
      checkWords('positions', positions);
      checkWords('out', out, positions.length);
      if (symbols.length !== positions.length) {
        throw new RangeError(`"symbols" expected length ${positions.length}, got ${symbols.length}`);
      }
      for (let start = 0; start < positions.length; start += RUN) {
        const count = Math.min(RUN, positions.length - start);
        for (let i = 0; i < count; i++) {
          const position = positions[start + i]!;
          if (position < contextWidth || position >= tokenIds.length) {
            checkInteger(`positions[${start + i}]`, position, contextWidth, tokenIds.length - 1);
          }
          foldTokens(tokenIds, position - contextWidth, ngramLength, firstLow, firstHigh, hashes, i);
        }
        draw.words(hashes, count, out, start);
      }
    },

    contextHeader(context, out) {
      checkOpen();
      checkWords('out', out, HEADER_WORDS);
      hashContext(context);
      writeSalt(one, 0, 0, out, 0);
    },

    candidateWords(context, candidates, symbol, out) {
      checkOpen();
      checkWords('candidates', candidates);
      checkWords('out', out, candidates.length);
      checkInteger('symbol', symbol, 0, 0);
      hashContext(context);
      const low = one.low[0]!;
      const high = one.high[0]!;
      for (let start = 0; start < candidates.length; start += RUN) {
        const count = Math.min(RUN, candidates.length - start);
        for (let i = 0; i < count; i++) foldTokens(candidates, start + i, 1, low, high, hashes, i);
        draw.words(hashes, count, out, start);
      }
    },

    contextHash(context) {
      checkOpen();
      hashContext(context);
      return (BigInt(one.high[0]!) << 32n) | BigInt(one.low[0]! >>> 0);
    },

    close() {
      closed = true;
      hashes.low.fill(0);
      hashes.high.fill(0);
      one.low.fill(0);
      one.high.fill(0);
      draw.wipe();
    },
  };
}

// A bijection of 64 bits, so that two names never share a salt.
function writeSalt(hashes: HashBlock, i: number, tokenId: number, out: Uint32Array, at: number): void {
  const low = mix(hashes.low[i]!);
  out[at] = 0;
  out[at + 1] = 0;
  out[at + 2] = low;
  out[at + 3] = mix(hashes.high[i]! ^ low ^ 0x9e3779b9) ^ tokenId;
}

// MurmurHash3's finalizer for 32 bits (Appleby, public domain): a bijection whose every output bit depends on every input bit.
function mix(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}
