/** Marks by green lists behind the word source's interface: docs/interop.md. */
import { HEADER_WORDS } from '../../prf/word-source.ts';
import { type CheckedSource, checkSource } from '../checked-source.ts';
import { UNKEYED_SLOT } from '../key-strength.ts';
import { writeSalt } from '../salt.ts';
import type { GreenLists } from '../torch/green-lists.ts';
import type { ListSeeds } from './list-seeds.ts';

/**
 * Creates the source whose word of a token is 1 where it is on the list of its seed, and else 0.
 *
 * The salt is a mix of the 32 bits of the seed, so that tokens that different n-grams send to one list are told apart by
 * their ids alone. Where the seed depends on the token itself, the header of a context without one is that of token 0.
 *
 * @param seeds    which lists; wiped by `close`.
 * @param lists    the lists; wiped by `close`.
 * @param seedBits tuples whose seed depends on fewer bits of the key are not scored.
 */
export function createListSource(seeds: ListSeeds, lists: GreenLists, seedBits: number): CheckedSource {
  const { contextWidth } = seeds;
  const window = new Uint32Array(contextWidth + 1);
  return checkSource({
    contextWidth,

    sequenceHeaders(tokenIds, out) {
      for (let at = 0, position = contextWidth; at < out.length; at += HEADER_WORDS, position++) {
        writeSalt(seeds.seedAt(tokenIds, position), 0, out, at);
        if (seeds.keyBitsAt(tokenIds, position) < seedBits) out[at] = UNKEYED_SLOT;
      }
    },

    sequenceWords(tokenIds, positions, _symbols, out) {
      for (let i = 0; i < positions.length; i++) {
        const position = positions[i]!;
        out[i] = lists.isGreen(seeds.seedAt(tokenIds, position), tokenIds[position]!) ? 1 : 0;
      }
    },

    contextHeader(context, out) {
      window.set(context);
      window[contextWidth] = 0;
      writeSalt(seeds.seedAt(window, contextWidth), 0, out, 0);
    },

    candidateWords(context, candidates, _symbol, out) {
      window.set(context);
      for (let i = 0; i < candidates.length; i++) {
        window[contextWidth] = candidates[i]!;
        out[i] = lists.isGreen(seeds.seedAt(window, contextWidth), candidates[i]!) ? 1 : 0;
      }
    },

    close() {
      window.fill(0);
      seeds.wipe();
      lists.wipe();
    },
  });
}
