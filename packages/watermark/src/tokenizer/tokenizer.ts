/** Text to token ids and back: what an embedder and a detector have to agree on. */
export interface Tokenizer {
  /** A name for reports; two tokenizers of one name may still differ. */
  readonly name: string;
  /** One above the largest token id, special tokens included; some ids below it may stand for nothing. */
  readonly vocabSize: number;
  /** SHA-256 of everything that decides the ids, 64 lowercase hex digits: binds a key to its tokenizer. */
  readonly fingerprint: string;

  /**
   * Returns the token ids of `text`.
   *
   * Special tokens that are written out in the text (`<|endoftext|>`) are ordinary text. A lone surrogate
   * counts as U+FFFD, as in every conversion of a JavaScript string to UTF-8.
   */
  encode(text: string): Uint32Array;

  /**
   * Returns the text of `ids`; bytes that are not UTF-8 (half a character at an edge) become U+FFFD.
   *
   * @throws {RangeError} if an id stands for no token.
   */
  decode(ids: ArrayLike<number>): string;

  /**
   * Returns the bytes of one token; a special token's are its name in UTF-8.
   *
   * @throws {RangeError} if `id` stands for no token.
   */
  tokenBytes(id: number): Uint8Array;

  /**
   * Returns where each token starts in the UTF-8 of `text`, and at the end the text's length, in bytes
   * `[ids.length + 1]`. Tokens may split a character, so an offset can lie inside one.
   *
   * @throws {WatermarkError} `tokenizer-mismatch` if `ids` are not tokens of this text.
   */
  byteOffsets(text: string, ids: ArrayLike<number>): Uint32Array;

  /** Releases the tables; further calls throw. May be called twice. */
  close(): void;
}
