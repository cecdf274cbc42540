/**
 * The words of SynthID-Text without a table: for each hash and layer one 64-bit product, twelve rounds of product and shift, and bit
 * 30; docs/interop.md.
 *
 * Source: `get_gvals` of google-deepmind/synthid-text@addb4a1. Static memory, no imports, no allocation. The caller writes at KEYS
 * one (k · M + 1) a layer, 64 bits each, and at HASHES the n-grams' hashes, and finds a word each at OUT. It wipes what it wrote.
 */

const MULTIPLIER: i64 = 6364136223846793005;
const ROUNDS: i32 = 12;

/** Most hashes in one call. */
export const BATCH: i32 = 1024;
/** Up to 32 layers. */
export const KEYS: i32 = 1024;
export const HASHES: i32 = 2048;
export const OUT: i32 = HASHES + 8 * BATCH;

// @ts-ignore: decorator
@inline
function round(x: i64): i64 {
  return (x * MULTIPLIER + (MULTIPLIER + 1)) >> 5;
}

// @ts-ignore: decorator
@inline
function bit(x: i64): i32 {
  return ((x >> 30) & 1) as i32;
}

/**
 * Writes `count` words of `depth` bits, 1…32.
 *
 * Three layers at a time: a round waits for the one before, and three chains keep the multiplier busy. The last ones may be past the
 * depth, where KEYS has room; their bits are dropped.
 */
export function words(count: i32, depth: i32): void {
  const mask: u32 = u32.MAX_VALUE >> ((32 - depth) as u32);
  for (let i = 0; i < count; i++) {
    const hash = load<i64>(HASHES + (i << 3)) * MULTIPLIER;
    let word: u32 = 0;
    for (let layer = 0; layer < depth; layer += 3) {
      let x = hash + load<i64>(KEYS + (layer << 3));
      let y = hash + load<i64>(KEYS + (layer << 3), 8);
      let z = hash + load<i64>(KEYS + (layer << 3), 16);
      for (let step = 0; step < ROUNDS; step++) {
        x = round(x);
        y = round(y);
        z = round(z);
      }
      word |= (bit(x) | (bit(y) << 1) | (bit(z) << 2)) << layer;
    }
    store<i32>(OUT + (i << 2), word & mask);
  }
}
