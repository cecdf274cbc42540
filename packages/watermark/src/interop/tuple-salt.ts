/** Salts that name a tuple by what its draw depends on: interop/profile.ts. */

/**
 * Writes a header's salt: a mix of 64 bits that gives different salts for different bits.
 *
 * Three Feistel rounds; the finaliser of MurmurHash3 (Appleby, public domain) is the round function. It is unlike any hash that
 * a score is read from.
 *
 * @param low  unsigned or signed 32-bit integer.
 * @param high the same.
 * @param out  Uint32Array; the salt goes to `at + 2` and `at + 3`, zeros before it.
 */
export function writeSalt(low: number, high: number, out: Uint32Array, at: number): void {
  const left = low ^ scramble(high ^ 0x3c6ef372);
  const right = high ^ scramble(left ^ 0x1f83d9ab);
  out[at] = 0;
  out[at + 1] = 0;
  out[at + 2] = left ^ scramble(right ^ 0x5be0cd19);
  out[at + 3] = right;
}

/** Mixes 32 bits, one to one. */
export function scramble(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
