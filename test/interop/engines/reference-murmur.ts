/** MurmurHash3 (x86, 32 bits) once more, with integers of any size: A. Appleby's definition, and its way back. */

/** Returns the hash of words. */
export function murmur(words: readonly (number | bigint)[]): number {
  let state = mixed(words) ^ BigInt(4 * words.length);
  state ^= state >> 16n;
  state = cut(state * 0x85ebca6bn);
  state ^= state >> 13n;
  state = cut(state * 0xc2b2ae35n);
  return Number(state ^ (state >> 16n));
}

/** Returns the state after some words. */
export function mixed(words: readonly (number | bigint)[]): bigint {
  let state = 0n;
  for (const word of words) state = mix(state, scramble(BigInt(word)));
  return state;
}

/** The word that takes one state to another: every step of the mixing can be undone. */
export function unmix(from: bigint, to: bigint): bigint {
  const before = rotate(cut((to - 0xe6546b64n) * inverse(5n)), 19n);
  const scrambled = before ^ from;
  return cut(rotate(cut(scrambled * inverse(0x1b873593n)), 17n) * inverse(0xcc9e2d51n));
}

function mix(state: bigint, scrambled: bigint): bigint {
  return cut(rotate(state ^ scrambled, 13n) * 5n + 0xe6546b64n);
}

function scramble(word: bigint): bigint {
  return cut(rotate(cut(cut(word) * 0xcc9e2d51n), 15n) * 0x1b873593n);
}

function rotate(value: bigint, by: bigint): bigint {
  return cut((value << by) | (value >> (32n - by)));
}

function cut(value: bigint): bigint {
  return BigInt.asUintN(32, value);
}

/** The inverse of an odd number modulo 2^32 by Newton's iteration, which doubles the right bits. */
function inverse(odd: bigint): bigint {
  let result = odd;
  for (let i = 0; i < 5; i++) result = cut(result * (2n - odd * result));
  return result;
}
