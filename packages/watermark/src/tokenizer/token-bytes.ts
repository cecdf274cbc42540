import { WatermarkError } from '../errors.ts';

/** Returns the bytes of one token id. */
export type TokenBytesOf = (id: number) => Uint8Array;

/** Returns the bytes of `ids`, one after the other. */
export function joinTokens(ids: ArrayLike<number>, tokenBytes: TokenBytesOf): Uint8Array {
  const parts = Array.from(ids, tokenBytes);
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Returns the text of `bytes`, U+FFFD for what is not UTF-8; keeps a byte order mark. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/**
 * Returns where each token starts in `bytes`, and at the end their number `[ids.length + 1]`.
 *
 * @throws {WatermarkError} `tokenizer-mismatch` if the tokens' bytes are not exactly `bytes`.
 */
export function tokenOffsets(
  bytes: Uint8Array,
  ids: ArrayLike<number>,
  tokenBytes: TokenBytesOf,
): Uint32Array {
  const offsets = new Uint32Array(ids.length + 1);
  let at = 0;
  for (let i = 0; i < ids.length; i++) {
    for (const byte of tokenBytes(ids[i] ?? -1)) {
      if (bytes[at] !== byte) throw mismatch(i, at);
      at++;
    }
    offsets[i + 1] = at;
  }
  if (at !== bytes.length) throw mismatch(ids.length, at);
  return offsets;
}

function mismatch(token: number, byte: number): WatermarkError {
  return new WatermarkError(
    'tokenizer-mismatch',
    `the token ids are not tokens of this text: they part at token ${token}, byte ${byte}`,
  );
}
