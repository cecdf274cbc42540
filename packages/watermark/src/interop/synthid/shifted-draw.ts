/**
 * Words without a table, as in synthid-text since June 2025: layer l takes x = (H + k_l) · M + 1, hashes and shifts it twelve
 * times, x ← ((x + 1) · M + 1) >> 5 with the sign kept, and reads bit 30.
 *
 * Source: `get_gvals` of google-deepmind/synthid-text@addb4a1.
 */
import {
  carriedProduct,
  type HashBlock,
  halves,
  MULTIPLIER,
  MULTIPLIER_HIGH,
  MULTIPLIER_LOW,
} from './ngram-hash.ts';
import type { NgramDraw } from './ngram-source.ts';
import { type ShiftedKernel, shiftedKernel } from './shifted-kernel.ts';

const ROUNDS = 12;
const SHIFT = 5;
const BIT = 30;
// (x + 1) · M + 1 = x · M + (M + 1).
const STEP_LOW = MULTIPLIER_LOW + 1;
const STEP_HIGH = MULTIPLIER_HIGH;

/**
 * Creates the draw; what names it is the whole hash.
 *
 * @param keys   one a layer, at most 32.
 * @param kernel computes in WebAssembly; without it plain TypeScript gives the same words ten times as slowly.
 */
export function createShiftedDraw(
  keys: readonly bigint[],
  kernel: ShiftedKernel | undefined = shiftedKernel(),
): NgramDraw {
  const depth = keys.length;
  // Of each layer k · M + 1: the low half, then the high one.
  const terms = new Int32Array(2 * depth);
  for (const [layer, key] of keys.entries()) terms.set(halves(key * MULTIPLIER + 1n), 2 * layer);
  return {
    words(hashes, count, out, at) {
      if (kernel === undefined) computeWords(terms, hashes, count, out, at);
      else runKernel(kernel, terms, hashes, count, out, at);
    },
    // Words depend on all of a hash.
    reduce() {},
    wipe() {
      terms.fill(0);
    },
  };
}

function runKernel(
  kernel: ShiftedKernel,
  terms: Int32Array,
  { low, high }: HashBlock,
  count: number,
  out: Uint32Array,
  at: number,
): void {
  kernel.keys.set(terms);
  for (let start = 0; start < count; start += kernel.batch) {
    const length = Math.min(kernel.batch, count - start);
    for (let i = 0; i < length; i++) {
      kernel.hashes[2 * i] = low[start + i]!;
      kernel.hashes[2 * i + 1] = high[start + i]!;
    }
    kernel.words(length, terms.length / 2);
    for (let i = 0; i < length; i++) out[at + start + i] = kernel.out[i]!;
  }
  kernel.keys.fill(0);
}

function computeWords(
  terms: Int32Array,
  { low: lows, high: highs }: HashBlock,
  count: number,
  out: Uint32Array,
  at: number,
): void {
  for (let i = 0; i < count; i++) {
    const hash = lows[i]!;
    const hashLow = Math.imul(hash, MULTIPLIER_LOW);
    const hashHigh =
      (carriedProduct(hash) + Math.imul(hash, MULTIPLIER_HIGH) + Math.imul(highs[i]!, MULTIPLIER_LOW)) | 0;
    let word = 0;
    for (let term = 0; term < terms.length; term += 2) {
      let low = (hashLow + terms[term]!) | 0;
      let high = (hashHigh + terms[term + 1]! + (low >>> 0 < terms[term]! >>> 0 ? 1 : 0)) | 0;
      for (let round = 0; round < ROUNDS; round++) {
        const sum = (Math.imul(low, MULTIPLIER_LOW) + STEP_LOW) | 0;
        const carry = sum >>> 0 < STEP_LOW ? 1 : 0;
        const cross = (Math.imul(low, MULTIPLIER_HIGH) + Math.imul(high, MULTIPLIER_LOW)) | 0;
        high = (carriedProduct(low) + cross + STEP_HIGH + carry) | 0;
        low = (sum >>> SHIFT) | (high << (32 - SHIFT));
        high >>= SHIFT;
      }
      word |= ((low >>> BIT) & 1) << (term / 2);
    }
    out[at + i] = word;
  }
}
