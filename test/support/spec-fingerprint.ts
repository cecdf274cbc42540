/** The fingerprint of a tuple straight from docs/spec.md section 8, in exact integers. */

const WORD = 2n ** 32n;

/** The finalizer of MurmurHash3. */
export function finalized(word: bigint): bigint {
  let h = word;
  h ^= h >> 16n;
  h = (h * 0x85ebca6bn) % WORD;
  h ^= h >> 13n;
  h = (h * 0xc2b2ae35n) % WORD;
  return h ^ (h >> 16n);
}

/** 64 bits, of a context's salt (words 2 and 3 of its header) and a token. */
export function specFingerprint(saltLow: number, saltHigh: number, tokenId: number): bigint {
  const high = BigInt(saltHigh) ^ finalized(BigInt(tokenId) ^ 0x9e3779b9n);
  return high * WORD + (BigInt(saltLow) ^ finalized(BigInt(tokenId)));
}
