// An open-addressing table over one blob of token bytes: a Map of strings would take ten times the memory,
// and the encoder would have to make a string of every piece before it could ask.

/** No token, no merge: above every id and rank, and like them an integer of 31 bits, which the engine compares quickest. */
export const NONE = 0x7fffffff;

/** Byte strings with ids, found by their bytes. */
export interface Vocabulary {
  /** One above the largest id. */
  readonly size: number;
  /** The bytes of every token, one after the other. */
  readonly blob: Uint8Array;
  /** Where token `id` starts in `blob` `[size]`. */
  readonly starts: Uint32Array;
  /** How many bytes token `id` has `[size]`; 0 for an id that stands for no byte string. */
  readonly lengths: Uint32Array;
  /**
   * Returns the id of `bytes[start..end)`, or {@link NONE}.
   *
   * @param hash {@link hashBytes} of those bytes, for callers that have it.
   */
  find(bytes: Uint8Array, start: number, end: number, hash?: number): number;
}

/** What {@link indexVocabulary} needs: a {@link Vocabulary} before its index. */
export type TokenBytes = Omit<Vocabulary, 'find'>;

// A slot has an id in its low bits and a bit of the hash above it, so that most bytes that are no token are
// told apart without a look at the tokens. The sign is that of an empty slot.
const ID_BITS = 21;
const ID_MASK = 2 ** ID_BITS - 1;
const TAG_MASK = 0x7fffffff & ~ID_MASK;
const EMPTY = -1;

/**
 * Indexes tokens by their bytes.
 *
 * @param tokens at most 2^21 tokens; where two ids have the same bytes, the smaller is found.
 */
export function indexVocabulary(tokens: TokenBytes): Vocabulary {
  const { size, blob, starts, lengths } = tokens;
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * size + 2))).fill(EMPTY);
  const mask = slots.length - 1;

  const find = (
    bytes: Uint8Array,
    start: number,
    end: number,
    hash: number = hashBytes(bytes, start, end),
  ): number => {
    const length = end - start;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const held = slots[slot]!;
      if (held === EMPTY) return NONE;
      if (((held ^ hash) & TAG_MASK) !== 0) continue;
      const id = held & ID_MASK;
      if (lengths[id] === length && sameBytes(blob, starts[id]!, bytes, start, length)) return id;
    }
  };

  for (let id = 0; id < size; id++) {
    const start = starts[id]!;
    const end = start + lengths[id]!;
    const hash = hashBytes(blob, start, end);
    if (end === start || find(blob, start, end, hash) !== NONE) continue;
    let slot = hash & mask;
    while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
    slots[slot] = (hash & TAG_MASK) | id;
  }
  return { size, blob, starts, lengths, find };
}

/** Returns a hash of `bytes[start..end)`, 32 bits. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function sameBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false;
  return true;
}
