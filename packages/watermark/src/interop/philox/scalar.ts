/** Philox for batches in plain TypeScript: what hosts without WebAssembly SIMD run, and what the kernel is checked against. */

import { MAX_WIDTH, type PhiloxEngine } from './engine.ts';
import { multiplyHigh, philox } from './philox.ts';

const BATCH = 2048;
const BLOCK = 4;
const CONTEXT_DOMAIN = 0x574d4358;
const TOKEN_DOMAIN = 0x574d544b;

/** Creates the engine with buffers of its own. */
export function createScalarPhilox(): PhiloxEngine {
  const columns = new Uint32Array(MAX_WIDTH * BATCH);
  const tokens = new Uint32Array(BATCH);
  const states = new Uint32Array(4 * BATCH);
  const words = new Uint32Array(BATCH);
  const block = new Uint32Array(BLOCK);

  return {
    batch: BATCH,
    columns,
    tokens,
    states,
    words,

    chainContexts(count, width, key0, key1) {
      for (let pair = 0; pair < count; pair++) {
        block.set([CONTEXT_DOMAIN, width, 0, 0]);
        for (let offset = 0; offset < width; offset += BLOCK) {
          for (let i = 0; i < BLOCK; i++) {
            // A block that is not full is filled up with −1, −2, …
            block[i]! ^= offset + i < width ? columns[(offset + i) * BATCH + pair]! : -1 - i;
          }
          philox(block, key0 ^ offset, key1);
        }
        for (let i = 0; i < 4; i++) states[i * BATCH + pair] = block[i]!;
      }
    },

    drawWords(count, key0, key1, shared) {
      for (let pair = 0; pair < count; pair++) {
        const from = shared ? 0 : pair;
        const token = tokens[pair]!;
        block[0] = token >>> 2;
        for (let i = 0; i < 3; i++) block[i + 1] = states[i * BATCH + from]!;
        philox(block, key0 ^ states[3 * BATCH + from]!, key1 ^ TOKEN_DOMAIN);
        words[pair] = block[token & 3]!;
      }
    },

    selfSeeds(count, width, keyLow, keyHigh) {
      for (let pair = 0; pair < count; pair++) {
        const hash = hashOf(tokens[pair]!);
        const keyedLow = Math.imul(keyLow, hash) >>> 0;
        const keyedHigh = upperProduct(keyLow, keyHigh, hash);
        let low = 0xffffffff;
        let high = 0x7fffffff;
        for (let place = 0; place < width; place++) {
          // The oldest id of a context has no part; the token itself has.
          const other = place === 0 ? hash : hashOf(columns[place * BATCH + pair]!);
          const productLow = Math.imul(keyedLow, other) >>> 0;
          const productHigh = upperProduct(keyedLow, keyedHigh, other);
          if (productHigh > high || (productHigh === high && productLow >= low)) continue;
          low = productLow;
          high = productHigh;
        }
        states[pair] = low;
        states[BATCH + pair] = high;
      }
    },

    leftSeeds(count, width, keyLow, keyHigh) {
      for (let pair = 0; pair < count; pair++) {
        let sum = 0;
        for (let place = 0; place < width; place++) sum += columns[place * BATCH + pair]! | 0;
        const carry = Math.imul(keyLow, Math.floor(sum / 2 ** 32));
        states[pair] = Math.imul(keyLow, sum >>> 0);
        states[BATCH + pair] = upperProduct(keyLow, keyHigh, sum >>> 0) + carry;
      }
    },

    drawSeeded(count) {
      for (let pair = 0; pair < count; pair++) {
        const token = tokens[pair]!;
        block.set([token >>> 2, 0, 0, 0]);
        philox(block, states[pair]!, states[BATCH + pair]!);
        words[pair] = block[token & 3]!;
      }
    },
  };
}

// The upper 32 bits, signed, of a product of 64 by 32 bits modulo 2^64. Not by BigInt: the compiler of Node.js 20 aborts the process on
// loops that keep the least of several 64-bit ones.
function upperProduct(low: number, high: number, factor: number): number {
  return (multiplyHigh(low, factor) + Math.imul(high, factor)) | 0;
}

// A 31-bit hash of a token id by shifts and xors (R. Jenkins).
function hashOf(id: number): number {
  let i = (id + 1) | 0;
  i = (i - (i << 6)) | 0;
  i ^= i >> 17;
  i = (i - (i << 9)) | 0;
  i ^= i << 4;
  i = (i - (i << 3)) | 0;
  i ^= i << 10;
  i ^= i >> 15;
  return i;
}
