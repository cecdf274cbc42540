/** The parts of MurmurHash3 (x86, 32 bits; A. Appleby, 2011), on 32-bit words. All arithmetic wraps. */

/** Mixes one word into the state. */
export function mixMurmur(state: number, word: number): number {
  const scrambled = Math.imul(rotateLeft(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
  return (Math.imul(rotateLeft(state ^ scrambled, 13), 5) + 0xe6546b64) | 0;
}

/** Spreads the bits of a state: a bijection of 32 bits; the result is signed. */
export function finishMurmur(state: number): number {
  state ^= state >>> 16;
  state = Math.imul(state, 0x85ebca6b);
  state ^= state >>> 13;
  state = Math.imul(state, 0xc2b2ae35);
  return state ^ (state >>> 16);
}

function rotateLeft(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
