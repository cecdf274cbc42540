/**
 * The keyed function of docs/spec.md section 3, eight (context, token) blocks at a time.
 *
 * Static memory, no imports, no allocation. The caller writes a key and calls `prepare`; then, batch by
 * batch, it writes inputs, calls one of `headers`, `words`, `symbols`, `pairs`, `candidates`, and reads OUT.
 * Batches are rounded up to eight blocks: lanes past the count compute on whatever lies in the input
 * regions, and the caller ignores their results. `compressNarrow`, `compressNarrowFirst`, `compressWide` and
 * `compressFull`, which turn BLOCK and the counters into RESULT, are appended by build.mjs.
 *
 * `expand` computes blocks of any other extendable output; `prepare` has to be called again after it.
 */

const LANES: i32 = 8;
const WORD_BYTES: i32 = 4;
/** Widths up to this one use the compression that knows message words 4 … 15 to be zero. */
const NARROW: i32 = 4;

/** Most pairs, positions or candidates in one call of anything but `headers`. */
export const BATCH: i32 = 2048;
/** Most positions in one call of `headers`. */
export const HEADER_BATCH: i32 = 8192;
/** Token ids that fit into TOKENS. */
export const WINDOW: i32 = 30720;

/** The key, 32 bytes; written by the caller. */
export const KEY: i32 = 1024;
const STATE: i32 = KEY + 32;
const CHAIN: i32 = STATE + 16 * 16;
const MASK: i32 = CHAIN + 8 * 16;
const BLOCK: i32 = MASK + 16 * 16;
const COUNTER_LOW: i32 = BLOCK + 16 * 32;
const COUNTER_HIGH: i32 = COUNTER_LOW + 32;
const RESULT: i32 = COUNTER_HIGH + 32;
/** End of everything that depends on the key; `[KEY, KEY_END)` is what a caller wipes. */
export const KEY_END: i32 = RESULT + 16 * 32;

/** Token ids of a stretch of a sequence, or contexts of pairs, row after row. */
export const TOKENS: i32 = 4096;
/** Positions, or the token ids of pairs or candidates. */
export const ITEMS: i32 = TOKENS + (WINDOW + 2 * LANES) * WORD_BYTES;
/** One byte a position. */
export const SYMBOLS: i32 = ITEMS + BATCH * WORD_BYTES;
/** Results. */
export const OUT: i32 = SYMBOLS + BATCH;
/** End of the memory in use. */
export const END: i32 = OUT + BATCH * 16 * WORD_BYTES;

// CHUNK_START | CHUNK_END | ROOT | KEYED_HASH
const FLAGS: i32 = 1 | 2 | 8 | 16;

let width: i32 = 0;

/** Sets everything that depends only on the key in KEY and on the context width, 1 … 15. */
export function prepare(contextWidth: i32): void {
  width = contextWidth;
  start(width * WORD_BYTES, FLAGS);
  for (let i = 0; i < 16; i++) {
    v128.store(MASK + i * 16, i32x4.splat(i < width ? -1 : 0));
    v128.store(BLOCK + i * 32, i32x4.splat(0));
    v128.store(BLOCK + i * 32 + 16, i32x4.splat(0));
  }
  if (width <= NARROW) {
    // Columns 2 and 3 of the first round mix message words 4 … 7, which are zero, into words of the key.
    mixZero(2, 6, 10, 14);
    mixZero(3, 7, 11, 15);
  }
}

/** The starting state of a compression that continues from KEY. */
function start(length: i32, flags: i32): void {
  for (let i = 0; i < 8; i++) {
    const word = v128.load32_splat(KEY + i * WORD_BYTES);
    v128.store(STATE + i * 16, word);
    v128.store(CHAIN + i * 16, word);
  }
  v128.store(STATE + 8 * 16, i32x4.splat(0x6a09e667));
  v128.store(STATE + 9 * 16, i32x4.splat(0xbb67ae85));
  v128.store(STATE + 10 * 16, i32x4.splat(0x3c6ef372));
  v128.store(STATE + 11 * 16, i32x4.splat(0xa54ff53a));
  v128.store(STATE + 14 * 16, i32x4.splat(length));
  v128.store(STATE + 15 * 16, i32x4.splat(flags));
}

/** Headers of `count` consecutive contexts, the first at TOKENS; OUT: four words each. */
export function headers(count: i32): void {
  setCounters(i32x4.splat(0), i32x4.splat(0), 0);
  setCounters(i32x4.splat(0), i32x4.splat(0), 16);
  for (let i = 0; i < count; i += LANES) {
    const tokens = TOKENS + i * WORD_BYTES;
    for (let word = 0; word < width; word++) {
      v128.store(BLOCK + word * 32, v128.load(tokens + word * WORD_BYTES));
      v128.store(BLOCK + word * 32, v128.load(tokens + word * WORD_BYTES, 16), 16);
    }
    compress();
    const out = OUT + i * 16;
    transpose(RESULT, 32, out, 16);
    transpose(RESULT + 16, 32, out + 64, 16);
  }
}

/**
 * Word SYMBOLS[i] of the token at position ITEMS[i] for `count` positions; OUT: one word each.
 * `origin` is the address that position 0 of the sequence has or would have.
 */
export function words(origin: i32, count: i32): void {
  padPositions(count);
  for (let i = 0; i < count; i += LANES) {
    loadPositions(origin, i);
    // Common slots use symbol 0 throughout, and most positions are in common slots.
    if (load<u64>(SYMBOLS + i) === 0) {
      compressWord(i, 0);
      continue;
    }
    compress();
    for (let lane = 0; lane < LANES; lane++) {
      const symbol = <i32>load<u8>(SYMBOLS + i + lane) & 15;
      store<u32>(OUT + (i + lane) * WORD_BYTES, load<u32>(RESULT + symbol * 32 + lane * WORD_BYTES));
    }
  }
}

/** All sixteen words of the token at position ITEMS[i] for `count` positions; OUT: sixteen words each. */
export function symbols(origin: i32, count: i32): void {
  padPositions(count);
  for (let i = 0; i < count; i += LANES) {
    loadPositions(origin, i);
    compress();
    storeBlocks(i);
  }
}

/** Word `symbol` of `count` pairs: contexts row after row in TOKENS, token ids in ITEMS; OUT: one word each. */
export function pairs(count: i32, symbol: i32): void {
  const row = width * WORD_BYTES;
  for (let i = 0; i < count; i += LANES) {
    const context = TOKENS + i * row;
    gather(context, context + row, context + 2 * row, context + 3 * row, 0);
    gather(context + 4 * row, context + 5 * row, context + 6 * row, context + 7 * row, 16);
    loadCounters(i);
    compressWord(i, symbol);
  }
}

/** Word `symbol` of `count` candidates of the context in TOKENS: token ids in ITEMS; OUT: one word each. */
export function candidates(count: i32, symbol: i32): void {
  gather(TOKENS, TOKENS, TOKENS, TOKENS, 0);
  gather(TOKENS, TOKENS, TOKENS, TOKENS, 16);
  for (let i = 0; i < count; i += LANES) {
    loadCounters(i);
    compressWord(i, symbol);
  }
}

/**
 * Blocks ITEMS[i] for `count` i of an extendable output; OUT: sixteen words each. KEY holds the chaining value, and TOKENS
 * the sixteen words of the last message block, of which `length` bytes count.
 */
export function expand(count: i32, length: i32, flags: i32): void {
  start(length, flags);
  for (let i = 0; i < 16; i++) {
    const word = v128.load32_splat(TOKENS + i * WORD_BYTES);
    v128.store(BLOCK + i * 32, word);
    v128.store(BLOCK + i * 32, word, 16);
  }
  for (let i = 0; i < count; i += LANES) {
    const items = ITEMS + i * WORD_BYTES;
    setCounters(v128.load(items), i32x4.splat(0), 0);
    setCounters(v128.load(items, 16), i32x4.splat(0), 16);
    compressFull();
    storeBlocks(i);
  }
}

// @ts-ignore: decorator
@inline
function compress(): void {
  if (width <= NARROW) compressNarrow();
  else compressWide();
}

/** One word of the eight blocks that start with item i. */
// @ts-ignore: decorator
@inline
function compressWord(i: i32, symbol: i32): void {
  if (symbol === 0 && width <= NARROW) compressNarrowFirst();
  else compress();
  const out = OUT + i * WORD_BYTES;
  v128.store(out, v128.load(RESULT + symbol * 32));
  v128.store(out, v128.load(RESULT + symbol * 32, 16), 16);
}

// @ts-ignore: decorator
@inline
function setCounters(low: v128, high: v128, half: i32): void {
  v128.store(COUNTER_LOW + half, low);
  v128.store(COUNTER_HIGH + half, high);
}

/** All sixteen words of the eight blocks that start with item i. */
// @ts-ignore: decorator
@inline
function storeBlocks(i: i32): void {
  for (let quarter = 0; quarter < 4; quarter++) {
    const from = RESULT + quarter * 128;
    const to = OUT + i * 64 + quarter * 16;
    transpose(from, 32, to, 64);
    transpose(from + 16, 32, to + 256, 64);
  }
}

/** Counter 1 + v of four token ids: the sum carries into the high word when v is 2^32 - 1. */
// @ts-ignore: decorator
@inline
function setTokens(ids: v128, half: i32): void {
  const low = i32x4.add(ids, i32x4.splat(1));
  setCounters(low, i32x4.neg(i32x4.eq(low, i32x4.splat(0))), half);
}

// @ts-ignore: decorator
@inline
function loadCounters(i: i32): void {
  setTokens(v128.load(ITEMS + i * WORD_BYTES), 0);
  setTokens(v128.load(ITEMS + i * WORD_BYTES, 16), 16);
}

// @ts-ignore: decorator
@inline
function loadPositions(origin: i32, i: i32): void {
  gatherPositions(origin, ITEMS + i * WORD_BYTES, 0);
  gatherPositions(origin, ITEMS + (i + 4) * WORD_BYTES, 16);
}

// @ts-ignore: decorator
@inline
function gatherPositions(origin: i32, positions: i32, half: i32): void {
  const p0 = origin + (load<i32>(positions, 0) << 2);
  const p1 = origin + (load<i32>(positions, 4) << 2);
  const p2 = origin + (load<i32>(positions, 8) << 2);
  const p3 = origin + (load<i32>(positions, 12) << 2);
  const row = width << 2;
  gather(p0 - row, p1 - row, p2 - row, p3 - row, half);
  let ids = v128.load32_zero(p0);
  ids = v128.load_lane<u32>(p1, ids, 1);
  ids = v128.load_lane<u32>(p2, ids, 2);
  ids = v128.load_lane<u32>(p3, ids, 3);
  setTokens(ids, half);
}

/** Repeats the first position in the lanes past the count, which would otherwise read any address. */
function padPositions(count: i32): void {
  for (let i = count; (i & (LANES - 1)) !== 0; i++) {
    store<i32>(ITEMS + i * WORD_BYTES, load<i32>(ITEMS));
  }
}

/** Message words of four contexts at the given addresses into one half of BLOCK; words past the width are zero. */
// @ts-ignore: decorator
@inline
function gather(p0: i32, p1: i32, p2: i32, p3: i32, half: i32): void {
  gatherQuarter(p0, p1, p2, p3, half, 0);
  if (width > NARROW) {
    gatherQuarter(p0, p1, p2, p3, half, 1);
    gatherQuarter(p0, p1, p2, p3, half, 2);
    gatherQuarter(p0, p1, p2, p3, half, 3);
  }
}

// @ts-ignore: decorator
@inline
function gatherQuarter(p0: i32, p1: i32, p2: i32, p3: i32, half: i32, quarter: i32): void {
  const offset = quarter * 16;
  const a = v128.load(p0 + offset);
  const b = v128.load(p1 + offset);
  const c = v128.load(p2 + offset);
  const d = v128.load(p3 + offset);
  const ab = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const abHigh = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const cdHigh = i32x4.shuffle(c, d, 2, 6, 3, 7);
  const to = BLOCK + quarter * 128 + half;
  const mask = MASK + quarter * 64;
  v128.store(to, v128.and(i64x2.shuffle(ab, cd, 0, 2), v128.load(mask)));
  v128.store(to, v128.and(i64x2.shuffle(ab, cd, 1, 3), v128.load(mask, 16)), 32);
  v128.store(to, v128.and(i64x2.shuffle(abHigh, cdHigh, 0, 2), v128.load(mask, 32)), 64);
  v128.store(to, v128.and(i64x2.shuffle(abHigh, cdHigh, 1, 3), v128.load(mask, 48)), 96);
}

/** Four vectors at `from`, `from + fromStep` … become the columns of those at `to`, `to + toStep` … */
// @ts-ignore: decorator
@inline
function transpose(from: i32, fromStep: i32, to: i32, toStep: i32): void {
  const a = v128.load(from);
  const b = v128.load(from + fromStep);
  const c = v128.load(from + 2 * fromStep);
  const d = v128.load(from + 3 * fromStep);
  const ab = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const abHigh = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const cdHigh = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(ab, cd, 0, 2));
  v128.store(to + toStep, i64x2.shuffle(ab, cd, 1, 3));
  v128.store(to + 2 * toStep, i64x2.shuffle(abHigh, cdHigh, 0, 2));
  v128.store(to + 3 * toStep, i64x2.shuffle(abHigh, cdHigh, 1, 3));
}

/** The function G on four words of STATE with both message words zero. */
function mixZero(a: i32, b: i32, c: i32, d: i32): void {
  let va = load<u32>(STATE + a * 16);
  let vb = load<u32>(STATE + b * 16);
  let vc = load<u32>(STATE + c * 16);
  let vd = load<u32>(STATE + d * 16);
  va += vb;
  vd = rotr<u32>(vd ^ va, 16);
  vc += vd;
  vb = rotr<u32>(vb ^ vc, 12);
  va += vb;
  vd = rotr<u32>(vd ^ va, 8);
  vc += vd;
  vb = rotr<u32>(vb ^ vc, 7);
  v128.store(STATE + a * 16, i32x4.splat(va));
  v128.store(STATE + b * 16, i32x4.splat(vb));
  v128.store(STATE + c * 16, i32x4.splat(vc));
  v128.store(STATE + d * 16, i32x4.splat(vd));
}
