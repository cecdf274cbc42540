// Text repeats its rare words: most pieces that are not tokens themselves were merged a moment ago. The cache
// is direct-mapped, of a fixed size, and keeps the bytes of every piece: a hash alone would now and then give
// the tokens of another piece.

// An entry in words: hash, (length | count << 8), the piece's bytes, its tokens.
const KEY_BYTES = 48;
const MOST_TOKENS = 10;
const KEY_AT = 2;
const IDS_AT = KEY_AT + KEY_BYTES / 4;
const ENTRY_WORDS = IDS_AT + MOST_TOKENS;
const ENTRIES = 2 ** 14;

/** The tokens of pieces that were merged lately. */
export interface PieceCache {
  /**
   * Writes the tokens of `bytes[start..end)` to `ids` from `at` on, if it knows them.
   *
   * @param hash of those bytes; what the piece was kept under.
   * @param ids with room for `end - start` tokens.
   * @returns how many tokens it wrote; 0 for a piece that it does not know.
   */
  read(hash: number, bytes: Uint8Array, start: number, end: number, ids: Uint32Array, at: number): number;
  /** Keeps `ids[at..at + count)` as the tokens of `bytes[start..end)`, unless one of both is too long. */
  keep(
    hash: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    ids: Uint32Array,
    at: number,
    count: number,
  ): void;
}

/** Returns an empty cache, of 1.5 MiB. */
export function pieceCache(): PieceCache {
  const words = new Uint32Array(ENTRY_WORDS * ENTRIES);
  const keys = new Uint8Array(words.buffer);
  return {
    read(hash, bytes, start, end, ids, at) {
      const entry = ENTRY_WORDS * (hash & (ENTRIES - 1));
      const sizes = words[entry + 1]!;
      const length = end - start;
      if ((sizes & 0xff) !== length || words[entry] !== hash) return 0;
      const key = 4 * (entry + KEY_AT);
      for (let i = 0; i < length; i++) if (keys[key + i] !== bytes[start + i]) return 0;
      const count = sizes >>> 8;
      for (let i = 0; i < count; i++) ids[at + i] = words[entry + IDS_AT + i]!;
      return count;
    },
    keep(hash, bytes, start, end, ids, at, count) {
      const length = end - start;
      if (length > KEY_BYTES || count > MOST_TOKENS) return;
      const entry = ENTRY_WORDS * (hash & (ENTRIES - 1));
      words[entry] = hash;
      words[entry + 1] = length | (count << 8);
      const key = 4 * (entry + KEY_AT);
      for (let i = 0; i < length; i++) keys[key + i] = bytes[start + i]!;
      for (let i = 0; i < count; i++) words[entry + IDS_AT + i] = ids[at + i]!;
    },
  };
}
