// An open-addressing table over one blob of token bytes: a Map of strings would take ten times the memory,
// and the encoder would have to make a string of every piece before it could ask.

/** No token, no merge. */
export const NONE = 0xffffffff;

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
  /** Returns the id of `bytes[start..end)`, or {@link NONE}. */
  find(bytes: Uint8Array, start: number, end: number): number;
}

/** What {@link indexVocabulary} needs: a {@link Vocabulary} before its index. */
export type TokenBytes = Omit<Vocabulary, 'find'>;

/**
 * Indexes tokens by their bytes.
 *
 * @param tokens at most 2^28 tokens; where two ids have the same bytes, the smaller is found.
 */
export function indexVocabulary(tokens: TokenBytes): Vocabulary {
  const { size, blob, starts, lengths } = tokens;
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * size + 2))).fill(NONE);
  const mask = slots.length - 1;

  const find = (bytes: Uint8Array, start: number, end: number): number => {
    const length = end - start;
    for (let slot = hashBytes(bytes, start, end) & mask; ; slot = (slot + 1) & mask) {
      const id = slots[slot]!;
      if (id === NONE) return NONE;
      if (lengths[id] === length && sameBytes(blob, starts[id]!, bytes, start, length)) return id;
    }
  };

  for (let id = 0; id < size; id++) {
    const start = starts[id]!;
    const end = start + lengths[id]!;
    if (end === start || find(blob, start, end) !== NONE) continue;
    let slot = hashBytes(blob, start, end) & mask;
    while (slots[slot] !== NONE) slot = (slot + 1) & mask;
    slots[slot] = id;
  }
  return { size, blob, starts, lengths, find };
}

function hashBytes(bytes: Uint8Array, start: number, end: number): number {
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
