/** How alike documents are, by their runs of tokens: what evidence they share comes from runs that they share. */

/** Tokens of a run: one with the four before it, as the usual key scores them. */
const RUN = 5;
/** Hashes of a sketch; with 256 a similarity has a standard error of at most 0.04. */
const SIZE = 256;
/** Documents that share more of their runs than this are nearly the same: a text in three times as much padding still is. */
const ALIKE = 0.25;

/**
 * Returns the smallest hashes of a document's runs of tokens, ascending: Uint32Array `[≤ 256]`.
 *
 * @param salt an integer below 2^32, without which the hashes say nothing.
 */
export function sketchOf(tokenIds: Uint32Array, salt: number): Uint32Array {
  const runs = Math.max(1, tokenIds.length - RUN + 1);
  const hashes = new Uint32Array(runs);
  for (let start = 0; start < runs; start++) {
    hashes[start] = hashOf(tokenIds.subarray(start, start + RUN), salt);
  }
  hashes.sort();
  const different = new Uint32Array(SIZE);
  let count = 0;
  for (let i = 0; i < runs && count < SIZE; i++) {
    if (i === 0 || hashes[i] !== hashes[i - 1]) different[count++] = hashes[i] ?? 0;
  }
  return different.slice(0, count);
}

/** Whether two documents are nearly the same, by their sketches of one salt. */
export function areAlike(a: Uint32Array, b: Uint32Array): boolean {
  return likeness(a, b) > ALIKE;
}

/**
 * Estimates which share of the runs of one document the other has, of the two the larger: 0 to 1.
 *
 * Padding does not lower it, as it would a similarity relative to both.
 */
function likeness(a: Uint32Array, b: Uint32Array): number {
  // Below the smaller of the two ends both sketches are complete.
  const end = Math.min(endOf(a), endOf(b));
  let i = 0;
  let j = 0;
  let common = 0;
  while (i < a.length && j < b.length && (a[i] ?? 0) <= end && (b[j] ?? 0) <= end) {
    const difference = (a[i] ?? 0) - (b[j] ?? 0);
    if (difference === 0) common++;
    if (difference <= 0) i++;
    if (difference >= 0) j++;
  }
  const fewer = Math.min(countBelow(a, end), countBelow(b, end));
  return fewer === 0 ? 0 : common / fewer;
}

function endOf(sketch: Uint32Array): number {
  return sketch.length < SIZE ? 0xffff_ffff : (sketch[SIZE - 1] ?? 0);
}

function countBelow(sketch: Uint32Array, end: number): number {
  let count = 0;
  while (count < sketch.length && (sketch[count] ?? 0) <= end) count++;
  return count;
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
