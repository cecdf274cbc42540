/**
 * The public name of a tuple in samples of a corpus: docs/spec.md, "Samples of a corpus".
 *
 * The salt is 64 bits of the keyed function on the context that no score is read from. Each half is combined with the token by
 * XOR with a bijection of the token, so fingerprints are uniform, those of one context differ, and none depends on a score.
 * Source: the finalizer of MurmurHash3, Austin Appleby, public domain.
 */

/** Returns the low 32 bits. */
export function fingerprintLow(saltLow: number, tokenId: number): number {
  return (saltLow ^ scatter(tokenId)) >>> 0;
}

/** Returns the high 32 bits. */
export function fingerprintHigh(saltHigh: number, tokenId: number): number {
  return (saltHigh ^ scatter(tokenId ^ 0x9e3779b9)) >>> 0;
}

/** A bijection of the 32-bit integers in which every bit of the input moves half of the output's. */
function scatter(value: number): number {
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return value ^ (value >>> 16);
}
