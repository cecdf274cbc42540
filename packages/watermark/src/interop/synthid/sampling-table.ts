/**
 * Words from a table of bits, as in transformers: layer l of an n-gram with hash H reads the table at
 * ((H + k_l) · M + 1) mod its size, the 64-bit value taken with its sign and the remainder never negative.
 *
 * Source: `SynthIDTextWatermarkLogitsProcessor` of huggingface/transformers.
 */

import { BLOCK_WORDS, TorchRandom } from '../torch/random.ts';
import { shiftOf } from './key-shifts.ts';
import { carriedProduct, halves, MULTIPLIER, MULTIPLIER_HIGH, MULTIPLIER_LOW } from './ngram-hash.ts';
import type { NgramDraw } from './ngram-source.ts';

// Up to here the words of all remainders are kept: 256 kB.
const MAX_KEPT = 2 ** 16;
// Once one in so many was computed.
const KEPT_SHARE = 8;

/**
 * Draws the table as torch does on a CPU: `torch.randint(0, 2, (size,))`.
 *
 * A table that transformers drew on a GPU is another one.
 *
 * @param size entries, ≥ 1.
 * @param seed only its low 32 bits matter.
 * @returns Uint8Array `[size]`, bits.
 */
export function drawSamplingTable(size: number, seed: number): Uint8Array {
  const random = new TorchRandom(seed);
  const table = new Uint8Array(size);
  for (let start = 0; start < size; start += BLOCK_WORDS) {
    const block = random.nextBlock();
    const count = Math.min(BLOCK_WORDS, size - start);
    for (let i = 0; i < count; i++) table[start + i] = block[i]! & 1;
  }
  return table;
}

/**
 * Creates the draw.
 *
 * What names it is H · M mod the size. A size of 2^b sees the low b bits of ids and keys only, and all layers are one number's
 * shifts. With any other size two n-grams of one name may still differ in the layers where one sum of 64 bits wraps and
 * the other does not; they count as one draw.
 *
 * @param table Uint8Array `[size]`, bits. Retained, not changed.
 * @param keys  one a layer, at most 32.
 */
export function createTableDraw(table: Uint8Array, keys: readonly bigint[]): NgramDraw {
  return seesLowBits(table.length) ? createKeptDraw(table, keys) : createLayerDraw(table, keys);
}

/** Says whether a table of this size sees at most 16 low bits of a hash and nothing else: a draw's place and a key's shift then add up. */
export function seesLowBits(size: number): boolean {
  return size <= MAX_KEPT && Number.isInteger(Math.log2(size));
}

/** Returns the place of a draw in such a table, before a key shifts it: H · M mod the size, of the low bits of H. */
export function placeOf(hash: number, size: number): number {
  return Math.imul(hash, MULTIPLIER_LOW) & (size - 1);
}

// Words of all hashes mod the size are kept once so many were asked for that computing them all pays.
function createKeptDraw(table: Uint8Array, keys: readonly bigint[]): NgramDraw {
  const size = table.length;
  const mask = size - 1;
  const places = keys.map((key) => shiftOf(key, size));
  let kept: Uint32Array | undefined;
  let asked = 0;
  const wordOf = (hash: number): number => {
    const place = placeOf(hash, size);
    let word = 0;
    for (let layer = 0; layer < places.length; layer++) {
      word |= table[(place + places[layer]!) & mask]! << layer;
    }
    return word >>> 0;
  };
  return {
    words({ low }, count, out, at) {
      asked += count;
      if (kept === undefined && KEPT_SHARE * asked > size)
        kept = Uint32Array.from({ length: size }, (_, hash) => wordOf(hash));
      for (let i = 0; i < count; i++)
        out[at + i] = kept === undefined ? wordOf(low[i]!) : kept[low[i]! & mask]!;
    },
    reduce({ low, high }, count) {
      for (let i = 0; i < count; i++) low[i]! &= mask;
      high.fill(0, 0, count);
    },
    wipe() {
      kept?.fill(0);
      places.fill(0);
    },
  };
}

function createLayerDraw(table: Uint8Array, keys: readonly bigint[]): NgramDraw {
  const size = table.length;
  const depth = keys.length;
  const shift = 2 ** 32 % size;
  const wrap = wrapRemainder(size);
  const lows = new Int32Array(depth);
  const highs = new Int32Array(depth);
  const remainders = new Int32Array(depth);
  for (const [layer, key] of keys.entries()) {
    [lows[layer], highs[layer]] = halves(key * MULTIPLIER + 1n);
    remainders[layer] = layerRemainder(key, size);
  }

  const product = (low: number, high: number): number =>
    (carriedProduct(low) + Math.imul(low, MULTIPLIER_HIGH) + Math.imul(high, MULTIPLIER_LOW)) | 0;
  // The remainder of the signed number high · 2^32 + low; all terms are below 2^53.
  const remainder = (low: number, high: number): number => {
    const rest = ((high % size) * shift + (low >>> 0)) % size;
    return rest < 0 ? rest + size : rest;
  };

  return {
    words({ low, high }, count, out, at) {
      for (let i = 0; i < count; i++) {
        const productLow = Math.imul(low[i]!, MULTIPLIER_LOW);
        const productHigh = product(low[i]!, high[i]!);
        const rest = remainder(productLow, productHigh);
        let word = 0;
        for (let layer = 0; layer < depth; layer++) {
          const sum = (productLow + lows[layer]!) | 0;
          const carry = sum >>> 0 < lows[layer]! >>> 0 ? 1 : 0;
          const top = productHigh + highs[layer]! + carry;
          let place = rest + remainders[layer]!;
          if (top > 0x7fff_ffff) place -= wrap;
          else if (top < -0x8000_0000) place += wrap;
          if (place < 0) place += size;
          else if (place >= size) place -= place >= 2 * size ? 2 * size : size;
          word |= table[place]! << layer;
        }
        out[at + i] = word;
      }
    },
    reduce({ low, high }, count) {
      for (let i = 0; i < count; i++) {
        const productHigh = product(low[i]!, high[i]!);
        low[i] = remainder(Math.imul(low[i]!, MULTIPLIER_LOW), productHigh);
      }
      high.fill(0, 0, count);
    },
    wipe() {
      lows.fill(0);
      highs.fill(0);
      remainders.fill(0);
    },
  };
}

/**
 * Finds the layers that read the table at the same places.
 *
 * Keys that the table's size cannot tell apart draw the same bits; so do, for sizes that are no power of two and some of the
 * hashes only, keys that one wrap of 64 bits separates.
 *
 * @returns for each layer the first one that it goes with, itself where there is none.
 */
export function sharedLayers(size: number, keys: readonly bigint[]): readonly number[] {
  const wrap = wrapRemainder(size);
  const places = keys.map((key) => layerRemainder(key, size));
  const firsts: number[] = [];
  for (const [layer, place] of places.entries()) {
    const first = places.findIndex((other) => {
      const apart = (place - other + size) % size;
      return apart === 0 || apart === wrap || apart === (size - wrap) % size;
    });
    firsts.push(first < layer ? firsts[first]! : layer);
  }
  return firsts;
}

function wrapRemainder(size: number): number {
  return Number(2n ** 64n % BigInt(size));
}

function layerRemainder(key: bigint, size: number): number {
  const whole = BigInt(size);
  return Number(((BigInt.asIntN(64, key * MULTIPLIER + 1n) % whole) + whole) % whole);
}
