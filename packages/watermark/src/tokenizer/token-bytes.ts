import { WatermarkError } from '../errors.ts';

/** Returns the bytes of tokens, one after the other. */
export function joinTokens(tokens: readonly Uint8Array[]): Uint8Array {
  const offsets = tokenOffsets(tokens);
  const joined = new Uint8Array(offsets.at(-1) ?? 0);
  tokens.forEach((bytes, i) => {
    joined.set(bytes, offsets[i]);
  });
  return joined;
}

/** Returns the text of `bytes`, U+FFFD for what is not UTF-8; keeps a byte order mark. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** Returns where each token starts in the bytes that they spell, and at the end their number `[n + 1]`. */
export function tokenOffsets(tokens: readonly Uint8Array[]): Uint32Array {
  const offsets = new Uint32Array(tokens.length + 1);
  let end = 0;
  tokens.forEach((bytes, i) => {
    end += bytes.length;
    offsets[i + 1] = end;
  });
  return offsets;
}

/** Returns the first token that is not in `text` where it should be, or `undefined` if they spell it. */
export function firstMismatch(tokens: readonly Uint8Array[], text: Uint8Array): number | undefined {
  let at = 0;
  for (const [i, bytes] of tokens.entries()) {
    for (const byte of bytes) if (text[at++] !== byte) return i;
  }
  return at === text.length ? undefined : tokens.length;
}

/** The error for token ids that are not those of a text. */
export function mismatchError(token: number): WatermarkError {
  return new WatermarkError(
    'tokenizer-mismatch',
    `the token ids are not those of this text: they part at token ${token}`,
  );
}

/**
 * Checks that token ids are those that a text is encoded as.
 *
 * @throws {WatermarkError} `tokenizer-mismatch` naming the first that is another.
 */
export function checkEncoding(encoded: ArrayLike<number>, tokenIds: ArrayLike<number>): void {
  const length = Math.max(encoded.length, tokenIds.length);
  for (let i = 0; i < length; i++) if (encoded[i] !== tokenIds[i]) throw mismatchError(i);
}

/** Returns arrays of token ids as one; an only one as it is. */
export function joinIds(parts: readonly Uint32Array[]): Uint32Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const joined = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    joined.set(part, end);
    end += part.length;
  }
  return joined;
}
