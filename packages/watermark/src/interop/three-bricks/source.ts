/** The words of a three_bricks mark: single numbers of the stream, or places on the list, that torch draws for a context. */
import { HEADER_WORDS } from '../../prf/word-source.ts';
import { checkSource } from '../checked-source.ts';
import { UNKEYED_SLOT } from '../key-strength.ts';
import type { MarkSource } from '../profile.ts';
import { writeSalt } from '../salt.ts';
import { GreenLists, hasBit } from '../torch/green-lists.ts';
import { TorchRandom } from '../torch/random.ts';
import { TwisterWord } from '../torch/twister-word.ts';
import type { SeedFold } from './fold-seed.ts';
import { TupleCache } from './tuple-cache.ts';

/** Says what a context's seed draws for the vocabulary, before any shift. */
export interface ContextDraw {
  /** Returns what is drawn for one id. */
  one(seed: number, id: number): number;
  /** Writes what is drawn for each of several ids. */
  many(seed: number, ids: Uint32Array, out: Uint32Array): void;
  /** Overwrites what a seed could be found from. */
  wipe(): void;
}

// torch.rand uses the low 24 bits of a word.
const FLOAT_BITS = 24;
// 12 MiB of tuples at most.
const CACHED_TUPLES = 2 ** 20;

/**
 * Uniforms of `torch.rand(vocabSize)`: the word is r · 2^32, exact, and P(r ≥ x) ≤ 1 − x.
 *
 * A tuple not seen before costs one computation of a single word; one seen before a look-up.
 */
export function drawUniforms(vocabSize: number): ContextDraw {
  const single = new TwisterWord(vocabSize);
  const cache = new TupleCache(CACHED_TUPLES);
  const random = new TorchRandom(0);
  const stream = new Uint32Array(vocabSize);
  const compute = (seed: number, id: number): number => (single.at(seed, id) << (32 - FLOAT_BITS)) >>> 0;
  return {
    one: (seed, id) => cache.take(seed, id, compute),
    many(seed, ids, out) {
      const length = 1 + ids.reduce((most, id) => Math.max(most, id), 0);
      random.manualSeed(seed);
      for (let i = 0; i < length; i++) stream[i] = random.random() << (32 - FLOAT_BITS);
      for (let i = 0; i < ids.length; i++) out[i] = stream[ids[i]!]!;
    },
    wipe() {
      single.wipe();
      cache.clear();
      random.wipe();
      stream.fill(0);
    },
  };
}

/** Places on the list `torch.randperm(vocabSize)[:listed]`: the word is 1 or 0. */
export function drawLists(listed: number, vocabSize: number): ContextDraw {
  const lists = new GreenLists({ vocabSize, listed, end: 'first' });
  const cache = new TupleCache(CACHED_TUPLES);
  const compute = (seed: number, id: number): number => (lists.isGreen(seed, id) ? 1 : 0);
  return {
    one: (seed, id) => cache.take(seed, id, compute),
    many(seed, ids, out) {
      const bits = lists.list(seed);
      for (let i = 0; i < ids.length; i++) out[i] = hasBit(bits, ids[i]!) ? 1 : 0;
    },
    wipe() {
      lists.wipe();
      cache.clear();
    },
  };
}

/** A source that can also read a document under every payload. */
export interface ShiftedSource extends MarkSource {
  /**
   * Writes the words of a token under payloads 0…out.length − 1, whatever the configured one is.
   *
   * @param position contextWidth…n − 1.
   */
  payloadWords(tokenIds: Uint32Array, position: number, out: Uint32Array): void;
}

/** What {@link createShiftedSource} is made of. */
export interface ShiftedSourceOptions {
  readonly fold: SeedFold;
  /** Whether the seed of the context that starts at `start` depends on enough of the key to be scored. */
  readonly isKeyed: (tokenIds: ArrayLike<number>, start: number) => boolean;
  readonly draw: ContextDraw;
  readonly contextWidth: number;
  readonly payload: number;
  readonly vocabSize: number;
}

/**
 * Creates the source of words that are drawn per context and shifted by the payload: the token at id takes what was drawn for
 * (id + payload) mod vocabSize.
 *
 * The effective seed is the low 32 bits of the fold, so those, and not the n-gram, name a tuple's context.
 */
export function createShiftedSource(options: ShiftedSourceOptions): ShiftedSource {
  const { fold, isKeyed, draw, contextWidth, payload, vocabSize } = options;
  let shifted = new Uint32Array(0);

  const { source, checkOpen } = checkSource({
    contextWidth,

    sequenceHeaders(tokenIds, out) {
      for (let i = 0, at = 0; at < out.length; i++, at += HEADER_WORDS) {
        writeSalt(fold.at(tokenIds, i), 0, out, at);
        if (!isKeyed(tokenIds, i)) out[at] = UNKEYED_SLOT;
      }
    },

    sequenceWords(tokenIds, positions, _symbols, out) {
      for (let i = 0; i < positions.length; i++) {
        const position = positions[i]!;
        const seed = fold.at(tokenIds, position - contextWidth);
        out[i] = draw.one(seed, (tokenIds[position]! + payload) % vocabSize);
      }
    },

    contextHeader(context, out) {
      writeSalt(fold.at(context, 0), 0, out, 0);
    },

    candidateWords(context, candidates, _symbol, out) {
      if (shifted.length < candidates.length) shifted = new Uint32Array(candidates.length);
      const ids = shifted.subarray(0, candidates.length);
      for (let i = 0; i < ids.length; i++) ids[i] = (candidates[i]! + payload) % vocabSize;
      draw.many(fold.at(context, 0), ids, out);
    },

    close() {
      fold.wipe();
      draw.wipe();
    },
  });

  return {
    ...source,
    payloadWords(tokenIds, position, out) {
      checkOpen();
      const ids = Uint32Array.from(out, (_, shift) => (tokenIds[position]! + shift) % vocabSize);
      draw.many(fold.at(tokenIds, position - contextWidth), ids, out);
    },
  };
}
