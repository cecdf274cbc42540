/**
 * torch's random numbers on a CPU, bit for bit: what many watermarks draw their lists and tables from.
 *
 * Source: Matsumoto, Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998), MT19937 with its 2002 initialisation; how torch
 * makes permutations and uniforms of its words: pytorch/pytorch@v1.13.1 aten/src/ATen/core/TransformationHelper.h and
 * aten/src/ATen/native/TensorFactories.cpp. CUDA generators are others.
 */
import { checkInteger } from '../../prf/check.ts';

/** Words of the twister's state: what one {@link TorchRandom.nextBlock} gives. */
export const BLOCK_WORDS = 624;
const SHIFT = 397;
// BLOCK_WORDS − SHIFT and BLOCK_WORDS − 1: loops up to plain constants are a tenth quicker.
const TURN = 227;
const LAST = 623;
const MULTIPLIER = 1_812_433_253;
const TWIST = 0x9908b0df;
const FLOAT_BITS = 24;
// torch fills longer permutations in another order.
const MAX_PERMUTATION = Math.floor(0xffff_ffff / 20) - 1;

/**
 * The generator behind `torch.Generator('cpu')`. One seed gives one stream, which all methods draw from in turn.
 *
 * Holds 5 kB, from which its seed can be found: {@link wipe} it where that is secret.
 */
export class TorchRandom {
  // Signed, because only those are machine integers to JavaScript engines.
  readonly #state = new Int32Array(BLOCK_WORDS);
  readonly #block = new Uint32Array(BLOCK_WORDS);
  readonly #tempered = new Int32Array(this.#block.buffer);
  #used = BLOCK_WORDS;

  /** Starts as {@link manualSeed} leaves it. */
  constructor(seed: number | bigint) {
    this.manualSeed(seed);
  }

  /**
   * Starts the stream afresh.
   *
   * @param seed an integer, exact. Only its low 32 bits matter, in two's complement if it is negative.
   * @throws {RangeError} if it is a number and no safe integer; the message does not show it.
   */
  manualSeed(seed: number | bigint): void {
    if (typeof seed === 'number' && !Number.isSafeInteger(seed)) {
      throw new RangeError('"seed" expected a safe integer or a bigint');
    }
    const state = this.#state;
    // ToInt32 takes the low bits of any double exactly.
    let word = typeof seed === 'number' ? seed | 0 : Number(BigInt.asIntN(32, seed));
    state[0] = word;
    for (let i = 1; i < BLOCK_WORDS; i++) {
      word = (Math.imul(MULTIPLIER, word ^ (word >>> 30)) + i) | 0;
      state[i] = word;
    }
    this.#used = BLOCK_WORDS;
  }

  /**
   * Draws 624 words at once, those that {@link random} would return next.
   *
   * @returns Uint32Array `[624]`, the generator's own buffer: valid until the next draw of any kind.
   * @throws {TypeError} if a block is begun: a fresh seed, or whole blocks only.
   */
  nextBlock(): Uint32Array {
    if (this.#used !== BLOCK_WORDS) throw new TypeError('"random" expected no block that is begun');
    refill(this.#state, this.#tempered);
    return this.#block;
  }

  /** Draws a word: an integer in 0…2^32 − 1. */
  random(): number {
    if (this.#used === BLOCK_WORDS) {
      refill(this.#state, this.#tempered);
      this.#used = 0;
    }
    return this.#block[this.#used++]!;
  }

  /** Draws a float32 in [0, 1), a multiple of 2^-24, as `torch.rand` does. */
  rand(): number {
    return (this.random() & (2 ** FLOAT_BITS - 1)) * 2 ** -FLOAT_BITS;
  }

  /**
   * Draws an integer in low…high − 1, as `torch.randint` does: the last values are a little less likely.
   *
   * @throws {RangeError} unless low < high, at most 2^32 − 1 apart: beyond that torch draws two words.
   */
  randInt(low: number, high: number): number {
    checkInteger('high', high, low + 1, low + 0xffff_ffff);
    return low + (this.random() % (high - low));
  }

  /**
   * Draws a permutation of 0…n − 1, as `torch.randperm` does.
   *
   * @param n 0…214,748,363: longer ones torch fills in another order.
   * @returns Uint32Array `[n]`.
   */
  randPerm(n: number): Uint32Array {
    checkInteger('n', n, 0, MAX_PERMUTATION);
    const ids = new Uint32Array(n);
    for (let i = 0; i < n; i++) ids[i] = i;
    for (let i = 0; i < n - 1; i++) {
      const other = i + remainder(this.random(), n - i);
      const moved = ids[i]!;
      ids[i] = ids[other]!;
      ids[other] = moved;
    }
    return ids;
  }

  /** Overwrites the state: the stream that follows is that of seed 0. */
  wipe(): void {
    this.#block.fill(0);
    this.manualSeed(0);
  }
}

// Twists the state and tempers it into `out`.
function refill(state: Int32Array, out: Int32Array): void {
  let i = 0;
  for (; i < TURN; i++) {
    const word = state[i + SHIFT]! ^ twisted(state[i]!, state[i + 1]!);
    state[i] = word;
    out[i] = tempered(word);
  }
  for (; i < LAST; i++) {
    const word = state[i - TURN]! ^ twisted(state[i]!, state[i + 1]!);
    state[i] = word;
    out[i] = tempered(word);
  }
  const last = state[SHIFT - 1]! ^ twisted(state[i]!, state[0]!);
  state[i] = last;
  out[i] = tempered(last);
}

/**
 * Computes `word % modulus` by a division of doubles, far quicker than one of integers.
 *
 * The quotient of integers below 2^53 never rounds up to the next integer, and what is above 32 bits cancels out.
 *
 * @param word    0…2^32 − 1.
 * @param modulus 1…2^31.
 */
export function remainder(word: number, modulus: number): number {
  return (word - Math.imul((word / modulus) | 0, modulus)) | 0;
}

function twisted(high: number, low: number): number {
  return (((high & 0x8000_0000) | (low & 0x7fff_ffff)) >>> 1) ^ (-(low & 1) & TWIST);
}

function tempered(word: number): number {
  word ^= word >>> 11;
  word ^= (word << 7) & 0x9d2c_5680;
  word ^= (word << 15) & 0xefc6_0000;
  return word ^ (word >>> 18);
}
