import { blake3 } from '@noble/hashes/blake3.js';

/** Bytes of 32-bit words, least significant byte first. */
export function littleEndian(words: Iterable<number>): Uint8Array {
  const numbers = [...words];
  const bytes = new Uint8Array(4 * numbers.length);
  const view = new DataView(bytes.buffer);
  numbers.forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  return bytes;
}

/** Words of bytes, least significant byte first. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true));
}

/**
 * Any block of X(c) from noble in one compression.
 *
 * Noble only reads its output from the start, and block 1 + v would take v + 2 compressions. Its private counter of
 * output blocks is therefore set before the first one; vectors.test.ts checks that this is the output read in order.
 */
export function nobleBlock(key: Uint8Array, context: Iterable<number>, index: number): Uint32Array {
  const hash = blake3.create({ key });
  hash.update(littleEndian(context));
  Object.assign(hash, { chunkOut: index });
  return wordsOf(hash.xof(64));
}

/** Deterministic 32-bit words: X(seed) itself, so that inputs need no second generator. */
export function seededWords(seed: string, count: number): Uint32Array {
  return wordsOf(blake3(new TextEncoder().encode(seed), { dkLen: 4 * count }));
}

/** A deterministic key of 32 bytes. */
export function seededKey(seed: string): Uint8Array {
  return blake3(new TextEncoder().encode(seed));
}
