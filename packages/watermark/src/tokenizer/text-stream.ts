import type { Tokenizer } from './tokenizer.ts';

/** Turns token ids into text one by one, without breaking characters. */
export interface TextStream {
  /**
   * Returns the text that is complete with this token, which may be empty: the first bytes of a character
   * wait for the others.
   *
   * @throws {RangeError} if `tokenId` stands for no token.
   */
  push(tokenId: number): string;
  /** Returns what is left, U+FFFD for half a character, and starts afresh. */
  end(): string;
}

/** Returns a stream whose parts, put together, are `tokenizer.decode` of all the ids pushed. */
export function createTextStream(tokenizer: Tokenizer): TextStream {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    push: (tokenId) => decoder.decode(tokenizer.tokenBytes(tokenId), { stream: true }),
    end: () => decoder.decode(),
  };
}
