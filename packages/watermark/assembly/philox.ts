/**
 * Philox 4x32-10 for many (context, token) pairs, four at a time, and the two ways in which foreign watermarks key it.
 *
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Static memory, no imports, no
 * allocation. The caller writes columns, one token id a pair: COLUMNS holds up to 64 columns of contexts, oldest id first,
 * and TOKENS the tokens themselves. Columns have BATCH places, and counts are rounded up to four: lanes past the count
 * compute on whatever lies there, and the caller ignores their results. Keys come as arguments and are not kept.
 */

const BYTES: i32 = 4;
const LANES: i32 = 4;
const ROUNDS: i32 = 10;
const CONTEXT_DOMAIN: i32 = 0x574d4358;
const TOKEN_DOMAIN: i32 = 0x574d544b;

/** Most pairs in one call. */
export const BATCH: i32 = 2048;
const COLUMN: i32 = BATCH * BYTES;

/** Four words, each of four lanes. */
const RESULT: i32 = 1024;
/** Up to 64 columns of context ids. */
export const COLUMNS: i32 = 2048;
/** One column of token ids. */
export const TOKENS: i32 = COLUMNS + 64 * COLUMN;
/** What `contexts` leaves: four columns; or `seeds`: a low and a high column. */
export const STATES: i32 = TOKENS + COLUMN;
/** One column of words. */
export const OUT: i32 = STATES + 4 * COLUMN;
/** End of the memory in use. */
export const END: i32 = OUT + COLUMN;

/** Ten rounds over four lanes; the words of the result go to `out`, `out + stride`, … */
function philox(c0: v128, c1: v128, c2: v128, c3: v128, k0: v128, k1: v128, out: i32, stride: i32): void {
  const m0 = i32x4.splat(0xd2511f53);
  const m1 = i32x4.splat(0xcd9e8d57);
  const w0 = i32x4.splat(0x9e3779b9);
  const w1 = i32x4.splat(0xbb67ae85);
  for (let round = 0; round < ROUNDS; round++) {
    const p0 = i64x2.extmul_low_i32x4_u(c0, m0);
    const q0 = i64x2.extmul_high_i32x4_u(c0, m0);
    const p1 = i64x2.extmul_low_i32x4_u(c2, m1);
    const q1 = i64x2.extmul_high_i32x4_u(c2, m1);
    c0 = v128.xor(v128.xor(v128.shuffle<i32>(p1, q1, 1, 3, 5, 7), c1), k0);
    c1 = v128.shuffle<i32>(p1, q1, 0, 2, 4, 6);
    c2 = v128.xor(v128.xor(v128.shuffle<i32>(p0, q0, 1, 3, 5, 7), c3), k1);
    c3 = v128.shuffle<i32>(p0, q0, 0, 2, 4, 6);
    k0 = i32x4.add(k0, w0);
    k1 = i32x4.add(k1, w1);
  }
  v128.store(out, c0);
  v128.store(out + stride, c1);
  v128.store(out + 2 * stride, c2);
  v128.store(out + 3 * stride, c3);
}

/** Writes for each of four tokens the word of RESULT that its last two bits name. */
function pick(tokens: v128, at: i32): void {
  const lastBits = v128.and(tokens, i32x4.splat(3));
  const first = i32x4.eq(lastBits, i32x4.splat(0));
  const second = i32x4.eq(lastBits, i32x4.splat(1));
  const third = i32x4.eq(lastBits, i32x4.splat(2));
  let words = v128.load(RESULT + 48);
  words = v128.bitselect(v128.load(RESULT + 32), words, third);
  words = v128.bitselect(v128.load(RESULT + 16), words, second);
  words = v128.bitselect(v128.load(RESULT), words, first);
  v128.store(OUT + at, words);
}

/** States of `count` contexts of `width` ids, chained over blocks of four ids. */
export function contexts(count: i32, width: i32, key0: i32, key1: i32): void {
  for (let at = 0; at < count * BYTES; at += LANES * BYTES) {
    let s0 = i32x4.splat(CONTEXT_DOMAIN);
    let s1 = i32x4.splat(width);
    let s2 = i32x4.splat(0);
    let s3 = i32x4.splat(0);
    for (let offset = 0; offset < width; offset += 4) {
      s0 = v128.xor(s0, idsAt(offset, width, 0, at));
      s1 = v128.xor(s1, idsAt(offset, width, 1, at));
      s2 = v128.xor(s2, idsAt(offset, width, 2, at));
      s3 = v128.xor(s3, idsAt(offset, width, 3, at));
      philox(s0, s1, s2, s3, i32x4.splat(key0 ^ offset), i32x4.splat(key1), STATES + at, COLUMN);
      s0 = v128.load(STATES + at);
      s1 = v128.load(STATES + at + COLUMN);
      s2 = v128.load(STATES + at + 2 * COLUMN);
      s3 = v128.load(STATES + at + 3 * COLUMN);
    }
  }
}

/** Id `index` of a block; a block that is not full is filled up with −1 − index. */
// @ts-ignore: decorator
@inline
function idsAt(offset: i32, width: i32, index: i32, at: i32): v128 {
  return offset + index < width
    ? v128.load(COLUMNS + (offset + index) * COLUMN + at)
    : i32x4.splat(-1 - index);
}

/**
 * Words of TOKENS in the contexts whose states `contexts` left.
 *
 * `step` is 1 where each token has a context of its own, and 0 where all of them have the first one.
 */
export function words(count: i32, key0: i32, key1: i32, step: i32): void {
  for (let at = 0; at < count * BYTES; at += LANES * BYTES) {
    const tokens = v128.load(TOKENS + at);
    let s0: v128, s1: v128, s2: v128, s3: v128;
    if (step != 0) {
      s0 = v128.load(STATES + at);
      s1 = v128.load(STATES + at + COLUMN);
      s2 = v128.load(STATES + at + 2 * COLUMN);
      s3 = v128.load(STATES + at + 3 * COLUMN);
    } else {
      s0 = v128.load32_splat(STATES);
      s1 = v128.load32_splat(STATES + COLUMN);
      s2 = v128.load32_splat(STATES + 2 * COLUMN);
      s3 = v128.load32_splat(STATES + 3 * COLUMN);
    }
    const k0 = v128.xor(i32x4.splat(key0), s3);
    const k1 = i32x4.splat(key1 ^ TOKEN_DOMAIN);
    philox(i32x4.shr_u(tokens, 2), s0, s1, s2, k0, k1, RESULT, 16);
    pick(tokens, at);
  }
}

/** Words of TOKENS under the 64-bit seeds in the first two columns of STATES. */
export function seededWords(count: i32): void {
  const zero = i32x4.splat(0);
  for (let at = 0; at < count * BYTES; at += LANES * BYTES) {
    const tokens = v128.load(TOKENS + at);
    const low = v128.load(STATES + at);
    const high = v128.load(STATES + at + COLUMN);
    philox(i32x4.shr_u(tokens, 2), zero, zero, zero, low, high, RESULT, 16);
    pick(tokens, at);
  }
}

/** Seeds that depend on context and token: the least product, as signed 64-bit integers, of key and hashes. */
export function selfSeeds(count: i32, width: i32, keyLow: i32, keyHigh: i32): void {
  const key = join(keyLow, keyHigh);
  for (let at = 0; at < count * BYTES; at += BYTES) {
    const hash = hashOf(load<i32>(TOKENS + at));
    const keyed = key * hash;
    let seed = keyed * hash;
    for (let place = 1; place < width; place++) {
      const product = keyed * hashOf(load<i32>(COLUMNS + place * COLUMN + at));
      if (product < seed) seed = product;
    }
    store<i32>(STATES + at, <i32>seed);
    store<i32>(STATES + at + COLUMN, <i32>(seed >> 32));
  }
}

/** Seeds that depend on the context alone: key times the sum of its ids as signed numbers. */
export function leftSeeds(count: i32, width: i32, keyLow: i32, keyHigh: i32): void {
  const key = join(keyLow, keyHigh);
  for (let at = 0; at < count * BYTES; at += BYTES) {
    let sum: i64 = 0;
    for (let place = 0; place < width; place++) {
      sum += <i64>load<i32>(COLUMNS + place * COLUMN + at);
    }
    const seed = key * sum;
    store<i32>(STATES + at, <i32>seed);
    store<i32>(STATES + at + COLUMN, <i32>(seed >> 32));
  }
}

function join(low: i32, high: i32): i64 {
  return (<i64>high << 32) | <i64>(<u32>low);
}

/** A 31-bit hash of a token id by shifts and xors (R. Jenkins). */
function hashOf(id: i32): i64 {
  let i = id + 1;
  i -= i << 6;
  i ^= i >> 17;
  i -= i << 9;
  i ^= i << 4;
  i -= i << 3;
  i ^= i << 10;
  i ^= i >> 15;
  return <i64>i;
}
