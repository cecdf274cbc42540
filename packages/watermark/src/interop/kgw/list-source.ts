/** Marks by green lists behind the word source's interface: docs/interop.md. */
import { checkInteger, checkWords } from '../../prf/check.ts';
import { HEADER_WORDS } from '../../prf/word-source.ts';
import type { MarkSource } from '../profile.ts';
import type { GreenLists } from '../torch/green-lists.ts';
import type { ListSeeds } from './list-seeds.ts';

/**
 * Creates the source whose word of a token is 1 where it is on the list of its seed, and else 0.
 *
 * The salt is a mix of the 32 bits of the seed, so that tokens that different n-grams send to one list are told apart by
 * their ids alone. Where the seed depends on the token itself, the header of a context without one is that of token 0.
 *
 * @param seeds which lists; wiped by `close`.
 * @param lists the lists; wiped by `close`.
 */
export function createListSource(seeds: ListSeeds, lists: GreenLists): MarkSource {
  const { contextWidth } = seeds;
  const window = new Uint32Array(contextWidth + 1);
  let closed = false;

  function checkOpen(): void {
    if (closed) throw new TypeError('"source" expected an open source, got a closed one');
  }

  return {
    contextWidth,

    sequenceHeaders(tokenIds, out) {
      checkOpen();
      checkWords('tokenIds', tokenIds);
      checkWords('out', out, HEADER_WORDS * Math.max(0, tokenIds.length - contextWidth));
      for (let at = 0, position = contextWidth; at < out.length; at += HEADER_WORDS, position++) {
        writeHeader(seeds.seedAt(tokenIds, position), out, at);
      }
    },

    sequenceWords(tokenIds, positions, symbols, out) {
      checkOpen();
      checkWords('tokenIds', tokenIds);
      checkWords('positions', positions);
      checkLength('symbols', symbols.length, positions.length);
      checkWords('out', out, positions.length);
      for (let i = 0; i < positions.length; i++) {
        const position = positions[i]!;
        if (position < contextWidth || position >= tokenIds.length) {
          checkInteger(`positions[${i}]`, position, contextWidth, tokenIds.length - 1);
        }
        out[i] = lists.isGreen(seeds.seedAt(tokenIds, position), tokenIds[position]!) ? 1 : 0;
      }
    },

    contextHeader(context, out) {
      checkOpen();
      checkWords('context', context, contextWidth);
      checkWords('out', out, HEADER_WORDS);
      window.set(context);
      window[contextWidth] = 0;
      writeHeader(seeds.seedAt(window, contextWidth), out, 0);
    },

    candidateWords(context, candidates, _symbol, out) {
      checkOpen();
      checkWords('context', context, contextWidth);
      checkWords('candidates', candidates);
      checkWords('out', out, candidates.length);
      window.set(context);
      for (let i = 0; i < candidates.length; i++) {
        window[contextWidth] = candidates[i]!;
        out[i] = lists.isGreen(seeds.seedAt(window, contextWidth), candidates[i]!) ? 1 : 0;
      }
    },

    close() {
      closed = true;
      window.fill(0);
      seeds.wipe();
      lists.wipe();
    },
  };
}

function checkLength(name: string, length: number, expected: number): void {
  if (length !== expected) throw new RangeError(`"${name}" expected length ${expected}, got ${length}`);
}

// Each word of the salt alone tells the seeds apart: both are permutations of 32 bits.
function writeHeader(seed: number, out: Uint32Array, at: number): void {
  out[at] = 0;
  out[at + 1] = 0;
  out[at + 2] = mixed(seed);
  out[at + 3] = mixed(seed ^ 0x6b67_7721);
}

/** Mixes 32 bits; Source: the finalizer of MurmurHash3, Austin Appleby, 2011. */
function mixed(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85eb_ca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2_ae35);
  return (word ^ (word >>> 16)) >>> 0;
}
