/** Token ids, in any form that can be read in order. */
export type TokenIds = Iterable<number> | ArrayLike<number>;

/** Text to token ids and back: what an embedder and a detector have to agree on. */
export interface Tokenizer {
  /** A name for reports; two tokenizers of one name may still differ. */
  readonly name: string;
  /** One above the largest token id, special tokens included; some ids below it may stand for nothing. */
  readonly vocabSize: number;
  /**
   * SHA-256 of everything that decides the ids of ordinary text, 64 lowercase hex digits: binds a key to its
   * tokenizer. The bytes hashed are those of docs/spec.md section 7.
   */
  readonly fingerprint: string;

  /**
   * Returns the token ids of `text`.
   *
   * Special tokens that are written out in the text (`<|endoftext|>`) are ordinary text. A lone surrogate
   * counts as U+FFFD, as in every conversion of a JavaScript string to UTF-8.
   *
   * @throws {WatermarkError} `tokenizer-refused` if it has no tokens for the text.
   */
  encode(text: string): Uint32Array;

  /**
   * Returns the text that the tokens' bytes spell; what is not UTF-8 (half a character at an edge) becomes
   * U+FFFD.
   *
   * @throws {RangeError} if an id stands for no token.
   */
  decode(tokenIds: TokenIds): string;

  /**
   * Returns the bytes of one token; a special token's are its name in UTF-8. Not shared: the caller may
   * write to them.
   *
   * @throws {RangeError} if `tokenId` stands for no token.
   */
  tokenBytes(tokenId: number): Uint8Array;

  /**
   * Returns where each token starts, and at the end where the last one ends, in bytes of UTF-8 `[n + 1]`.
   * Tokens may split a character, so an offset can lie inside one.
   *
   * @param text what was encoded. With it, the offsets are in this text and the ids are checked to be its
   *   encoding; without it, they are in the text that the ids spell. The two differ only where a tokenizer
   *   rewrites text before it cuts it (Unicode normalization, a space put in front).
   * @throws {RangeError} if an id stands for no token.
   * @throws {WatermarkError} `tokenizer-mismatch` if the ids are not those of `text`.
   */
  byteOffsets(tokenIds: TokenIds, text?: string): Uint32Array;

  /** Releases tables and threads; `encode` and the like throw a `TypeError` afterwards. May be called twice. */
  close(): void;
}
