import { utf8ToBytes } from '@noble/hashes/utils.js';
import { startLibrary } from '#library-thread';
import { libraryFingerprint } from './fingerprint.ts';
import { encodable, guardedFile } from './library-file.ts';
import type { LibraryThread } from './library-thread.ts';
import { type LibraryTokens, libraryTokens } from './library-tokens.ts';
import { utf8Length } from './offset-map.ts';
import { checkEncoding, firstMismatch, joinTokens, textOf, tokenOffsets } from './token-bytes.ts';
import type { TokenIds, Tokenizer } from './tokenizer.ts';
import type { TokenizerFile } from './tokenizer-file.ts';

/** A tokenizer of any kind that huggingface/tokenizers knows, by that library. */
export class LibraryTokenizer implements Tokenizer {
  readonly name: string;
  readonly vocabSize: number;
  readonly fingerprint: string;
  #open: { readonly thread: LibraryThread; readonly tokens: LibraryTokens } | undefined;

  /**
   * Hands a tokenizer.json to the library.
   *
   * @throws {WatermarkError} `tokenizer-unavailable` if the library is not installed; `tokenizer-unreadable`
   *   if it refuses the file, or the decoder is of an unknown kind.
   */
  constructor(name: string, file: TokenizerFile) {
    const tokens = libraryTokens(file);
    this.name = name;
    this.vocabSize = tokens.vocabSize;
    this.fingerprint = libraryFingerprint(file);
    const { json, added } = guardedFile(file);
    // No text has a special token: whatever id the library gives it is as good.
    const found = added.filter(({ special }) => !special);
    this.#open = { tokens, thread: startLibrary(json, found) };
  }

  encode(text: string): Uint32Array {
    return this.#live().thread.encode(encodable(text)).tokenIds;
  }

  decode(tokenIds: TokenIds): string {
    return textOf(joinTokens(this.#tokens(tokenIds)));
  }

  tokenBytes(tokenId: number): Uint8Array {
    const bytes = this.#live().tokens.bytesOf(tokenId);
    if (bytes !== undefined) return bytes;
    throw new RangeError(`"tokenId" expected the id of a token below ${this.vocabSize}, got ${tokenId}`);
  }

  /**
   * {@inheritDoc Tokenizer.byteOffsets}
   *
   * Where the library rewrote `text`, a token that holds a part of a character has the character's offset.
   */
  byteOffsets(tokenIds: TokenIds, text?: string): Uint32Array {
    const ids = Array.from(tokenIds);
    const tokens = this.#tokens(ids);
    if (text === undefined) return tokenOffsets(tokens);
    if (firstMismatch(tokens, utf8ToBytes(text)) === undefined) return tokenOffsets(tokens);
    const encoded = this.#live().thread.encode(encodable(text));
    checkEncoding(encoded.tokenIds, ids);
    return byteStarts(text, encoded.starts);
  }

  close(): void {
    this.#open?.thread.close();
    this.#open = undefined;
  }

  #live(): { readonly thread: LibraryThread; readonly tokens: LibraryTokens } {
    if (this.#open === undefined) throw new TypeError('the tokenizer was closed');
    return this.#open;
  }

  #tokens(tokenIds: TokenIds): readonly Uint8Array[] {
    return Array.from(tokenIds, (tokenId) => this.tokenBytes(tokenId));
  }
}

/** Turns ascending code points `[n]` of a text into bytes, and puts the text's length after them `[n + 1]`. */
function byteStarts(text: string, starts: Uint32Array): Uint32Array {
  const offsets = new Uint32Array(starts.length + 1);
  let token = 0;
  let codePoint = 0;
  let bytes = 0;
  for (const character of text) {
    while (token < starts.length && (starts[token] ?? 0) <= codePoint) offsets[token++] = bytes;
    codePoint++;
    bytes += utf8Length(character);
  }
  return offsets.fill(bytes, token);
}
