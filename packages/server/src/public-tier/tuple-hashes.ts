/** Tuples of documents as salted hashes: a token with the context before it is what evidence is made of, and what questions may share. */

import type { WatermarkParams } from '@countermark/watermark';

/** Hashes kept of one document: all of a document of usual length, of a longer one a sample. */
const MOST = 8_192;

/** A document's tuples. */
export interface TupleHashes {
  /** How many different ones there are. */
  readonly different: number;
  /** Uint32Array `[≤ 8192]`, the smallest hashes, ascending. */
  readonly smallest: Uint32Array<ArrayBuffer>;
}

/**
 * Hashes a document's tuples.
 *
 * @param tokenIds Uint32Array `[n]`.
 * @param params   how a key reads it: the hashes of another tokenizer's ids are others.
 * @param salt     an integer below 2^32, without which the hashes say nothing.
 */
export function hashTuples(
  tokenIds: Uint32Array,
  { contextWidth, tokenizer }: WatermarkParams,
  salt: number,
): TupleHashes {
  const seed = hashOf(Uint32Array.from(Buffer.from(tokenizer.fingerprint)), salt);
  const length = contextWidth + 1;
  const hashes = new Uint32Array(Math.max(0, tokenIds.length - contextWidth));
  for (let start = 0; start < hashes.length; start++) {
    hashes[start] = hashOf(tokenIds.subarray(start, start + length), seed);
  }
  hashes.sort();
  let different = 0;
  for (let i = 0; i < hashes.length; i++) {
    if (i === 0 || hashes[i] !== hashes[different - 1]) hashes[different++] = hashes[i] ?? 0;
  }
  return { different, smallest: hashes.slice(0, Math.min(different, MOST)) };
}

// Source: MurmurHash3_x86_32 of Austin Appleby, public domain, over 32-bit words.
function hashOf(words: Uint32Array, seed: number): number {
  let hash = seed;
  for (const word of words) {
    let k = Math.imul(word, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    hash ^= k;
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  hash ^= 4 * words.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
