/**
 * The BLAKE3 compression function in plain TypeScript, for engines without WebAssembly SIMD.
 *
 * Source: O'Connor, Aumasson, Neves, Wilcox-O'Hearn, "BLAKE3: one function, fast everywhere", 2020,
 * section 2.2 and tables 1 to 3.
 */

/** Table 1: the constants in the third row of the state. */
const IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a] as const;

// Table 2, applied once more for each round: message word i of round r is word SCHEDULE[16 r + i] of the block.
const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8] as const;
const ROUNDS = 7;
const SCHEDULE = new Uint8Array(16 * ROUNDS);
for (let i = 0; i < 16; i++) SCHEDULE[i] = i;
for (let i = 16; i < SCHEDULE.length; i++) {
  SCHEDULE[i] = SCHEDULE[(i & ~15) - 16 + PERMUTATION[i & 15]!]!;
}

/** Flags of a context's only block: CHUNK_START | CHUNK_END | ROOT | KEYED_HASH. */
export const CONTEXT_FLAGS: number = 1 | 2 | 8 | 16;

/**
 * Compresses one block to all sixteen output words.
 *
 * @param chain       Uint32Array `[8]`, chaining value; for a keyed hash the key as little-endian words.
 * @param block       Uint32Array `[16]`, message words.
 * @param counterLow  low 32 bits of the block counter, any integer taken modulo 2^32.
 * @param counterHigh high 32 bits of the block counter.
 * @param blockLength message bytes in the block, 0…64.
 * @param flags       domain flags, such as {@link CONTEXT_FLAGS}.
 * @param out         Uint32Array `[16]`. Overwritten; must not be `chain` or `block`.
 */
export function compress(
  chain: Uint32Array,
  block: Uint32Array,
  counterLow: number,
  counterHigh: number,
  blockLength: number,
  flags: number,
  out: Uint32Array,
): void {
  let v0 = chain[0]! | 0;
  let v1 = chain[1]! | 0;
  let v2 = chain[2]! | 0;
  let v3 = chain[3]! | 0;
  let v4 = chain[4]! | 0;
  let v5 = chain[5]! | 0;
  let v6 = chain[6]! | 0;
  let v7 = chain[7]! | 0;
  let v8 = IV[0] | 0;
  let v9 = IV[1] | 0;
  let v10 = IV[2] | 0;
  let v11 = IV[3] | 0;
  let v12 = counterLow | 0;
  let v13 = counterHigh | 0;
  let v14 = blockLength | 0;
  let v15 = flags | 0;
  for (let r = 0; r < SCHEDULE.length; r += 16) {
    // The four columns of table 3.
    v0 = (v0 + v4 + block[SCHEDULE[r]!]!) | 0;
    v12 ^= v0;
    v12 = (v12 << 16) | (v12 >>> 16);
    v8 = (v8 + v12) | 0;
    v4 ^= v8;
    v4 = (v4 << 20) | (v4 >>> 12);
    v0 = (v0 + v4 + block[SCHEDULE[r + 1]!]!) | 0;
    v12 ^= v0;
    v12 = (v12 << 24) | (v12 >>> 8);
    v8 = (v8 + v12) | 0;
    v4 ^= v8;
    v4 = (v4 << 25) | (v4 >>> 7);
    v1 = (v1 + v5 + block[SCHEDULE[r + 2]!]!) | 0;
    v13 ^= v1;
    v13 = (v13 << 16) | (v13 >>> 16);
    v9 = (v9 + v13) | 0;
    v5 ^= v9;
    v5 = (v5 << 20) | (v5 >>> 12);
    v1 = (v1 + v5 + block[SCHEDULE[r + 3]!]!) | 0;
    v13 ^= v1;
    v13 = (v13 << 24) | (v13 >>> 8);
    v9 = (v9 + v13) | 0;
    v5 ^= v9;
    v5 = (v5 << 25) | (v5 >>> 7);
    v2 = (v2 + v6 + block[SCHEDULE[r + 4]!]!) | 0;
    v14 ^= v2;
    v14 = (v14 << 16) | (v14 >>> 16);
    v10 = (v10 + v14) | 0;
    v6 ^= v10;
    v6 = (v6 << 20) | (v6 >>> 12);
    v2 = (v2 + v6 + block[SCHEDULE[r + 5]!]!) | 0;
    v14 ^= v2;
    v14 = (v14 << 24) | (v14 >>> 8);
    v10 = (v10 + v14) | 0;
    v6 ^= v10;
    v6 = (v6 << 25) | (v6 >>> 7);
    v3 = (v3 + v7 + block[SCHEDULE[r + 6]!]!) | 0;
    v15 ^= v3;
    v15 = (v15 << 16) | (v15 >>> 16);
    v11 = (v11 + v15) | 0;
    v7 ^= v11;
    v7 = (v7 << 20) | (v7 >>> 12);
    v3 = (v3 + v7 + block[SCHEDULE[r + 7]!]!) | 0;
    v15 ^= v3;
    v15 = (v15 << 24) | (v15 >>> 8);
    v11 = (v11 + v15) | 0;
    v7 ^= v11;
    v7 = (v7 << 25) | (v7 >>> 7);
    // The four diagonals.
    v0 = (v0 + v5 + block[SCHEDULE[r + 8]!]!) | 0;
    v15 ^= v0;
    v15 = (v15 << 16) | (v15 >>> 16);
    v10 = (v10 + v15) | 0;
    v5 ^= v10;
    v5 = (v5 << 20) | (v5 >>> 12);
    v0 = (v0 + v5 + block[SCHEDULE[r + 9]!]!) | 0;
    v15 ^= v0;
    v15 = (v15 << 24) | (v15 >>> 8);
    v10 = (v10 + v15) | 0;
    v5 ^= v10;
    v5 = (v5 << 25) | (v5 >>> 7);
    v1 = (v1 + v6 + block[SCHEDULE[r + 10]!]!) | 0;
    v12 ^= v1;
    v12 = (v12 << 16) | (v12 >>> 16);
    v11 = (v11 + v12) | 0;
    v6 ^= v11;
    v6 = (v6 << 20) | (v6 >>> 12);
    v1 = (v1 + v6 + block[SCHEDULE[r + 11]!]!) | 0;
    v12 ^= v1;
    v12 = (v12 << 24) | (v12 >>> 8);
    v11 = (v11 + v12) | 0;
    v6 ^= v11;
    v6 = (v6 << 25) | (v6 >>> 7);
    v2 = (v2 + v7 + block[SCHEDULE[r + 12]!]!) | 0;
    v13 ^= v2;
    v13 = (v13 << 16) | (v13 >>> 16);
    v8 = (v8 + v13) | 0;
    v7 ^= v8;
    v7 = (v7 << 20) | (v7 >>> 12);
    v2 = (v2 + v7 + block[SCHEDULE[r + 13]!]!) | 0;
    v13 ^= v2;
    v13 = (v13 << 24) | (v13 >>> 8);
    v8 = (v8 + v13) | 0;
    v7 ^= v8;
    v7 = (v7 << 25) | (v7 >>> 7);
    v3 = (v3 + v4 + block[SCHEDULE[r + 14]!]!) | 0;
    v14 ^= v3;
    v14 = (v14 << 16) | (v14 >>> 16);
    v9 = (v9 + v14) | 0;
    v4 ^= v9;
    v4 = (v4 << 20) | (v4 >>> 12);
    v3 = (v3 + v4 + block[SCHEDULE[r + 15]!]!) | 0;
    v14 ^= v3;
    v14 = (v14 << 24) | (v14 >>> 8);
    v9 = (v9 + v14) | 0;
    v4 ^= v9;
    v4 = (v4 << 25) | (v4 >>> 7);
  }
  out[0] = v0 ^ v8;
  out[1] = v1 ^ v9;
  out[2] = v2 ^ v10;
  out[3] = v3 ^ v11;
  out[4] = v4 ^ v12;
  out[5] = v5 ^ v13;
  out[6] = v6 ^ v14;
  out[7] = v7 ^ v15;
  out[8] = v8 ^ chain[0]!;
  out[9] = v9 ^ chain[1]!;
  out[10] = v10 ^ chain[2]!;
  out[11] = v11 ^ chain[3]!;
  out[12] = v12 ^ chain[4]!;
  out[13] = v13 ^ chain[5]!;
  out[14] = v14 ^ chain[6]!;
  out[15] = v15 ^ chain[7]!;
}
