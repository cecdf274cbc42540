/** Philox 4x32-10 once more, by its definition and with integers of any size: Salmon et al., SC 2011. */

const MASK = 0xffffffffn;

/** Returns the block of a counter `[4]` under a 64-bit key. */
function referencePhilox(counter: readonly bigint[], key: bigint): bigint[] {
  let [c0 = 0n, c1 = 0n, c2 = 0n, c3 = 0n] = counter;
  for (let round = 0n; round < 10n; round++) {
    const key0 = ((key & MASK) + round * 0x9e3779b9n) & MASK;
    const key1 = ((key >> 32n) + round * 0xbb67ae85n) & MASK;
    const product0 = 0xd2511f53n * c0;
    const product1 = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [
      (product1 >> 32n) ^ c1 ^ key0,
      product1 & MASK,
      (product0 >> 32n) ^ c3 ^ key1,
      product0 & MASK,
    ];
  }
  return [c0, c1, c2, c3];
}

/** Returns the words of tokens in a context under vLLM's keyed function; ids may be −1. */
export function referenceWords(
  key: bigint,
  context: readonly number[],
  tokenIds: readonly number[],
  stream: bigint,
): number[] {
  const ids = context.map((id) => BigInt.asUintN(32, BigInt(id)));
  let state = [0x574d4358n, BigInt(ids.length), 0n, 0n];
  for (let offset = 0; offset < ids.length; offset += 4) {
    const block = [0, 1, 2, 3].map((i) => ids[offset + i] ?? MASK - BigInt(i));
    state = referencePhilox(
      state.map((word, i) => word ^ block[i]!),
      key ^ BigInt(offset),
    );
  }
  const swapped = ((stream & MASK) << 32n) | (stream >> 32n);
  const tokenKey = key ^ swapped ^ state[3]! ^ (0x574d544bn << 32n);
  return tokenIds.map((id) => {
    const token = BigInt.asUintN(32, BigInt(id));
    return Number(referencePhilox([token >> 2n, ...state.slice(0, 3)], tokenKey)[id & 3]);
  });
}

/** Returns the word of a token under a seed, as vLLM's `sbw` draws it. */
export function referenceSeededWord(seed: bigint, tokenId: number): number {
  return Number(referencePhilox([BigInt(tokenId >>> 2), 0n, 0n, 0n], BigInt.asUintN(64, seed))[tokenId & 3]);
}
