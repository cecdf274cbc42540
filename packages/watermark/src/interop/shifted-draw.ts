/**
 * Words without a table, as in synthid-text since June 2025: layer l takes x = (H + k_l) · M + 1, hashes and shifts it twelve
 * times, x ← ((x + 1) · M + 1) >> 5 with the sign kept, and reads bit 30.
 *
 * Source: `get_gvals` of google-deepmind/synthid-text@addb4a1.
 */
import { carriedProduct, halves, MULTIPLIER, MULTIPLIER_HIGH, MULTIPLIER_LOW } from './ngram-hash.ts';
import type { NgramDraw } from './ngram-source.ts';

const ROUNDS = 12;
const SHIFT = 5;
const BIT = 30;
// (x + 1) · M + 1 = x · M + (M + 1).
const STEP_LOW = MULTIPLIER_LOW + 1;
const STEP_HIGH = MULTIPLIER_HIGH;

/**
 * Creates the draw; what names it is the whole hash.
 *
 * @param keys one a layer, at most 32.
 */
export function createShiftedDraw(keys: readonly bigint[]): NgramDraw {
  const depth = keys.length;
  const lows = new Int32Array(depth);
  const highs = new Int32Array(depth);
  for (const [layer, key] of keys.entries()) [lows[layer], highs[layer]] = halves(key * MULTIPLIER + 1n);

  return {
    words(hashes, count, out, at) {
      for (let i = 0; i < count; i++) {
        const hash = hashes.low[i]!;
        const hashProduct = Math.imul(hash, MULTIPLIER_LOW);
        const hashHigh =
          (carriedProduct(hash) +
            Math.imul(hash, MULTIPLIER_HIGH) +
            Math.imul(hashes.high[i]!, MULTIPLIER_LOW)) |
          0;
        let word = 0;
        for (let layer = 0; layer < depth; layer++) {
          const key = lows[layer]!;
          let low = (hashProduct + key) | 0;
          let high = (hashHigh + highs[layer]! + (low >>> 0 < key >>> 0 ? 1 : 0)) | 0;
          for (let round = 0; round < ROUNDS; round++) {
            const sum = (Math.imul(low, MULTIPLIER_LOW) + STEP_LOW) | 0;
            const carry = sum >>> 0 < STEP_LOW ? 1 : 0;
            high =
              (carriedProduct(low) +
                Math.imul(low, MULTIPLIER_HIGH) +
                Math.imul(high, MULTIPLIER_LOW) +
                STEP_HIGH +
                carry) |
              0;
            low = (sum >>> SHIFT) | (high << (32 - SHIFT));
            high >>= SHIFT;
          }
          word |= ((low >>> BIT) & 1) << layer;
        }
        out[at + i] = word;
      }
    },
    reduce() {},
    wipe() {
      lows.fill(0);
      highs.fill(0);
    },
  };
}
