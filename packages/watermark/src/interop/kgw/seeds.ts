/**
 * The seeds of lm-watermarking: eleven functions of a window of tokens and a key.
 *
 * Source: alternative_prf_schemes.py of jwkirchenbauer/lm-watermarking@fb602de. Its tensors wrap at signed 64 bits; products
 * with Python integers do not.
 */

import type { KeyStrength } from '../../mark-key.ts';
import {
  bitLength,
  factorsOfTwo,
  foldedSeedBits,
  TORCH_SEED_BITS,
  wrappedSeedBits,
} from '../key-strength.ts';
import { reducedKey } from '../secret-integer.ts';
import { anchoredPair, pairSeed } from './anchored-minimum.ts';
import { drawHashTable, TABLE_SIZE } from './hash-table.ts';
import { type ListSeeds, SEED_MODULUS, seedWord } from './list-seeds.ts';
import type { KgwFunction, KgwScheme } from './scheme.ts';

// The 47th Fibonacci number.
const TABLE_SEED = 2_971_215_073;
// A constant, the same for all keys, that takes some 20 ms to draw.
let fixedTable: Uint32Array | undefined;
const LARGE_TABLE_SIZE = BigInt(TABLE_SIZE);
const TWO_32 = 2n ** 32n;
const SIGNED_LIMIT = 2n ** 63n;

// A hash of a token depends on the key by its remainder modulo the table's size.
const HASH_BITS = Math.log2(TABLE_SIZE);

/** A number for the window `ids[from…to − 1]`: the low 32 bits of its seed, or how many bits of the key that depends on. */
type WindowFunction = (ids: Uint32Array, from: number, to: number) => number;

/**
 * Returns the strength of a key under a scheme.
 *
 * A least hash of several is guessed more easily: it is small. Of w hashes, one value of the least has at most w times the
 * probability of one value of a single hash.
 */
export function kgwStrength({ prf, width }: KgwScheme, key: bigint): KeyStrength {
  const keyBits = bitLength(key);
  switch (prf) {
    case 'simple_skip_prf':
    case 'skipgram_prf':
    case 'anchored_skipgram_prf':
      return { keyBits, drawBits: Math.min(keyBits, HASH_BITS) };
    case 'minhash_prf':
      return { keyBits, drawBits: Math.min(keyBits, HASH_BITS - Math.log2(width)) };
    case 'minskipgram_prf':
      return { keyBits, drawBits: Math.min(keyBits, HASH_BITS - 2 * Math.log2(width)) };
    default:
      return { keyBits, drawBits: Math.min(keyBits, TORCH_SEED_BITS) };
  }
}

/**
 * Returns the least key that gives the same seeds: the remainder modulo 2^32 where no product with the key wraps.
 *
 * @param vocabSize token ids are below it.
 */
export function canonicalKgwKey({ prf, width }: KgwScheme, key: bigint, vocabSize: number): bigint {
  const id = BigInt(vocabSize - 1);
  const window = BigInt(width);
  switch (prf) {
    case 'additive_prf':
      return reducedKey(key, key * id * window, SEED_MODULUS);
    case 'minfunc_prf':
      return reducedKey(key, key * id, SEED_MODULUS);
    case 'multiplicative_prf':
      // The product of the ids alone wraps at signed 64 bits.
      return id ** window < SIGNED_LIMIT ? reducedKey(key, key * id ** window, SEED_MODULUS) : key;
    case 'position_prf':
      return reducedKey(key, (key * id * window * (window + 1n)) / 2n, SIGNED_LIMIT);
    // Hashes take the product with the key modulo the table's size, and the others wrap under every long key.
    default:
      return key;
  }
}

/**
 * Creates the seeds of a scheme.
 *
 * @param key       1…2^63 − 1.
 * @param vocabSize token ids are below it.
 */
export function createKgwSeeds(scheme: KgwScheme, key: bigint, vocabSize: number): ListSeeds {
  const { prf, width, selfSalt } = scheme;
  const before = selfSalt ? width - 1 : width;
  const material = new KeyedHash(key, vocabSize, prf);
  const seedOf = seedFunction(prf, material);
  const keyBitsOf = keyBitsFunction(prf, material, bitLength(key));
  const overWindow =
    (compute: WindowFunction) =>
    (tokenIds: Uint32Array, position: number): number =>
      compute(tokenIds, position - before, selfSalt ? position + 1 : position);
  return {
    contextWidth: Math.max(1, before),
    usesToken: selfSalt,
    seedAt: overWindow(seedOf),
    keyBitsAt: overWindow(keyBitsOf),
    wipe: () => material.wipe(),
  };
}

/** The key, and hashes of tokens under it as they are asked for. */
class KeyedHash {
  key: bigint;
  readonly words: Uint32Array;
  readonly table: Uint32Array;
  // 0 stands for a hash not yet computed: none is 0.
  readonly #tokens: Uint32Array;

  constructor(key: bigint, vocabSize: number, prf: KgwFunction) {
    this.key = key;
    this.words = Uint32Array.of(Number(key % TWO_32), Number(key / TWO_32));
    const hashes = !['multiplicative_prf', 'additive_prf', 'minfunc_prf', 'position_prf'].includes(prf);
    if (hashes) fixedTable ??= drawHashTable(TABLE_SEED);
    this.table = (hashes ? fixedTable : undefined) ?? new Uint32Array(0);
    this.#tokens = new Uint32Array(hashes ? vocabSize : 0);
  }

  /** Returns `hashint(value)` of an int64: 1…TABLE_SIZE. */
  hash(value: bigint): number {
    const rest = BigInt.asIntN(64, value) % LARGE_TABLE_SIZE;
    return this.table[Number(rest < 0n ? rest + LARGE_TABLE_SIZE : rest)]!;
  }

  /** Returns `hashint(key * tokenId)`. */
  token(tokenId: number): number {
    const known = this.#tokens[tokenId];
    if (known !== undefined && known !== 0) return known;
    const hash = this.hash(this.key * BigInt(tokenId));
    if (known === 0) this.#tokens[tokenId] = hash;
    return hash;
  }

  wipe(): void {
    this.key = 0n;
    this.words.fill(0);
    this.#tokens.fill(0);
  }
}

function seedFunction(prf: KgwFunction, keyed: KeyedHash): WindowFunction {
  // Below 2^64 − 1 a product is its own remainder, and the low words alone decide its low word.
  const isShort = keyed.words[1] === 0;
  const multiplied = (value: number): number =>
    isShort && value < 2 ** 32
      ? Math.imul(keyed.words[0]!, value) >>> 0
      : seedWord(keyed.key * BigInt(value));
  switch (prf) {
    case 'multiplicative_prf':
      return (ids, from, to) => seedWord(keyed.key * productOf(ids, from, to));
    case 'additive_prf':
      return (ids, from, to) => multiplied(sumOf(ids, from, to));
    case 'minfunc_prf':
      return (ids, from, to) => multiplied(leastOf(ids, from, to));
    case 'simple_skip_prf':
      return (ids, from, to) => {
        let product = 1n;
        for (let i = from; i < to; i += 2)
          product = BigInt.asIntN(64, product * BigInt(keyed.token(ids[i]!)));
        return seedWord(product);
      };
    case 'skipgram_prf':
      return (ids, from) => keyed.token(ids[from]!);
    case 'anchored_skipgram_prf':
      // Two hashes are at most 2^20 each: their product is exact, and its own remainder.
      return (ids, from, to) => (keyed.token(ids[from]!) * keyed.token(ids[to - 1]!)) >>> 0;
    case 'minhash_prf':
      return (ids, from, to) => {
        let least = keyed.token(ids[from]!);
        for (let i = from + 1; i < to; i++) least = Math.min(least, keyed.token(ids[i]!));
        return least;
      };
    case 'anchored_minhash_prf':
      return (ids, from, to) => pairSeed(keyed.words, anchoredPair(keyed.words, keyed.table, ids, from, to));
    case 'minskipgram_prf':
      return (ids, from, to) => {
        let least = Infinity;
        for (let i = from; i < to - 1; i++) {
          for (let j = i + 1; j < to; j++) {
            least = Math.min(least, keyed.token(ids[i]!) * keyed.token(ids[j]!));
          }
        }
        return least >>> 0;
      };
    case 'noncomm_prf':
      return (ids, from, to) => {
        let product = keyed.key;
        for (let i = from; i < to; i++) {
          product = BigInt.asUintN(32, product * BigInt(keyed.hash(product * BigInt(ids[i]!))));
        }
        return Number(product);
      };
    case 'position_prf':
      return (ids, from, to) => seedWord(BigInt.asIntN(64, keyed.key * BigInt(placedSum(ids, from, to))));
  }
}

// How many bits of the key a seed depends on.
function keyBitsFunction(prf: KgwFunction, keyed: KeyedHash, keyBits: number): WindowFunction {
  const hashBits = Math.min(keyBits, HASH_BITS);
  switch (prf) {
    case 'multiplicative_prf':
      return (ids, from, to) => foldedSeedBits(keyBits, productOf(ids, from, to));
    case 'additive_prf':
      return (ids, from, to) => foldedSeedBits(keyBits, sumOf(ids, from, to));
    case 'minfunc_prf':
      return (ids, from, to) => foldedSeedBits(keyBits, leastOf(ids, from, to));
    case 'position_prf':
      return (ids, from, to) => wrappedSeedBits(keyBits, placedSum(ids, from, to));
    case 'anchored_minhash_prf':
      return (ids, from, to) =>
        wrappedSeedBits(keyBits, anchoredPair(keyed.words, keyed.table, ids, from, to));
    case 'noncomm_prf':
      // The key itself is a factor, and each hash after it pushes out bits of it by its own factors of two.
      return (ids, from, to) => {
        let product = keyed.key;
        let pushed = 0;
        for (let i = from; i < to; i++) {
          const hash = keyed.hash(product * BigInt(ids[i]!));
          pushed += factorsOfTwo(hash);
          product = BigInt.asUintN(32, product * BigInt(hash));
        }
        return Math.max(0, Math.min(keyBits, 32 - pushed));
      };
    // The hash of token 0 is the same under every key.
    case 'skipgram_prf':
      return (ids, from) => (ids[from] === 0 ? 0 : hashBits);
    case 'anchored_skipgram_prf':
      return (ids, from, to) => (ids[from] === 0 && ids[to - 1] === 0 ? 0 : hashBits);
    case 'simple_skip_prf':
      return (ids, from, to) => {
        for (let i = from; i < to; i += 2) if (ids[i] !== 0) return hashBits;
        return 0;
      };
    // Where it is among others it may be the least.
    case 'minhash_prf':
    case 'minskipgram_prf':
      return (ids, from, to) => {
        for (let i = from; i < to; i++) if (ids[i] === 0) return 0;
        return hashBits;
      };
  }
}

// A product of ids, wrapped to signed 64 bits.
function productOf(ids: Uint32Array, from: number, to: number): bigint {
  let product = 1n;
  for (let i = from; i < to; i++) product = BigInt.asIntN(64, product * BigInt(ids[i]!));
  return product;
}

function sumOf(ids: Uint32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += ids[i]!;
  return sum;
}

function leastOf(ids: Uint32Array, from: number, to: number): number {
  let least = ids[from]!;
  for (let i = from + 1; i < to; i++) least = Math.min(least, ids[i]!);
  return least;
}

// Each id times its place: below 2^39.
function placedSum(ids: Uint32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += ids[i]! * (i - from + 1);
  return sum;
}
