/** Salts that name a tuple by what its draw depends on: profile.ts. */
import { finishMurmur } from './murmur.ts';

/**
 * Writes the header row `[0, 0, saltLow, saltHigh]` of an effective seed: a bijection of its 64 bits that spreads them.
 *
 * Four rounds of a Feistel network, with the finalizer of MurmurHash3 as its round function.
 *
 * @param low  lower half of the seed, any 32-bit value.
 * @param high upper half.
 * @param out  Uint32Array, overwritten from `at` to `at + 3`.
 */
export function writeSalt(low: number, high: number, out: Uint32Array, at: number): void {
  high ^= finishMurmur(low ^ 0x243f6a88);
  low ^= finishMurmur(high ^ 0x85a308d3);
  high ^= finishMurmur(low ^ 0x13198a2e);
  low ^= finishMurmur(high ^ 0x03707344);
  out[at] = 0;
  out[at + 1] = 0;
  out[at + 2] = low;
  out[at + 3] = high;
}
