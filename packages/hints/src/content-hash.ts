/** A 64-bit hash of what a document says: for finding exact duplicates and for samples that no split into shards changes. */
import { hash } from 'node:crypto';

/** 64 bits as two unsigned 32-bit halves. Ordered by `high`, then `low`. */
export interface ContentHash {
  readonly low: number;
  readonly high: number;
}

/**
 * Hashes a document's content: the first eight bytes of SHA-1, read as little-endian halves, `low` first.
 *
 * One segment is hashed as it is: a text as UTF-8 (a lone surrogate as U+FFFD), token ids as 32-bit integers in the machine's
 * order. Several are hashed one by one, and then `count`, a newline and their hexadecimal hashes: so the cut into segments
 * counts. SHA-1 because Node's runs at more than 1 GB/s on processors with instructions for it and is the same everywhere;
 * whoever can choose the documents can choose their hashes, so nothing that must resist an attacker may rest on it.
 *
 * @param segments texts, or token ids `[segments][ids]`.
 */
export function contentHash(segments: readonly string[] | readonly Uint32Array[]): ContentHash {
  const [first] = segments;
  if (first !== undefined && segments.length === 1) return halves(hash('sha1', first, 'binary'));
  const parts = segments.map((segment: string | Uint32Array) => hash('sha1', segment, 'hex'));
  return halves(hash('sha1', `${segments.length}\n${parts.join('')}`, 'binary'));
}

/** Compares two hashes: negative, zero or positive, as `Array.prototype.sort` wants it. */
export function compareHashes(a: ContentHash, b: ContentHash): number {
  return a.high - b.high || a.low - b.low;
}

/**
 * Says whether a document belongs to a share of all contents: whether its hash is under `share` · 2^64.
 *
 * @param share 0 … 1; 1 takes every document.
 */
export function isInShare(contentHash: ContentHash, share: number): boolean {
  return contentHash.high * 2 ** 32 + contentHash.low < share * 2 ** 64 || share === 1;
}

/** Writes a hash as 16 hexadecimal digits; texts order as hashes do. */
export function formatHash(contentHash: ContentHash): string {
  return hexOf(contentHash.high) + hexOf(contentHash.low);
}

/** Reads what {@link formatHash} wrote; undefined if it is not that. */
export function parseHash(text: string): ContentHash | undefined {
  if (!/^[0-9a-f]{16}$/.test(text)) return undefined;
  return { low: Number.parseInt(text.slice(8), 16), high: Number.parseInt(text.slice(0, 8), 16) };
}

function halves(bytes: string): ContentHash {
  return { low: wordAt(bytes, 0), high: wordAt(bytes, 4) };
}

function wordAt(bytes: string, at: number): number {
  const byte = (i: number): number => bytes.charCodeAt(at + i);
  return (byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)) >>> 0;
}

function hexOf(word: number): string {
  return word.toString(16).padStart(8, '0');
}
