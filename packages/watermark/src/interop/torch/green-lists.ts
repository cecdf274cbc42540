/**
 * Green lists that are parts of a torch permutation of the vocabulary.
 *
 * Source: Kirchenbauer, Geiping, Wen, Shu, Saifullah, Kong, Fernando, Saha, Goldblum, Goldstein, "On the Reliability of
 * Watermarks for Large Language Models", ICLR 2024; its code and transformers' permute the whole vocabulary for each token.
 */
import { checkInteger } from '../../prf/check.ts';
import { BLOCK_WORDS, remainder, TorchRandom } from './random.ts';

/** Which part of each permutation is green. */
export interface GreenPart {
  /** Token ids that are permuted, n. */
  readonly vocabSize: number;
  /** Green ids, 1…n − 1. */
  readonly listed: number;
  /** The first ids of the permutation or the last ones. */
  readonly end: 'first' | 'last';
}

/** What {@link GreenLists} keeps in whole lists, in bytes: 4,185 of 128,256 ids, or 10,679 of 50,257. */
const LISTS_BYTES = 2 ** 26;
// 2 MiB of answers, and 256 kB of seeds met.
const MEMO_SIZE = 2 ** 18;
const MET_SIZE = 2 ** 16;
const GREEN = 2 ** 31;
// Far more than any tokenizer has; lists and buffers are some 150 MB then.
const MAX_VOCABULARY = 2 ** 24;

/**
 * Answers whether a token is on the green list of a seed, and lists whole lists.
 *
 * A seed that is new is answered by following the one token through the permutation's draws; one that
 * returns with another token gets its whole list, as bits. Lists are kept up to 64 MiB, ones long unused dropped first, and
 * 2^18 answers beside them in 2 MiB. With buffers of 8 n bytes that bounds the memory.
 */
export class GreenLists {
  readonly part: GreenPart;
  readonly #random = new TorchRandom(0);
  // Draws that decide, and whether what they draw is green or the rest.
  readonly #draws: number;
  readonly #drawnIsGreen: boolean;
  // 0…n − 1, and what a permutation makes of it; empty until a list is drawn.
  #identity = new Uint32Array(0);
  #ids = new Uint32Array(0);
  readonly #memoSeeds = new Uint32Array(MEMO_SIZE);
  // One more than a token id, GREEN added if it is on the list; 0 where nothing is kept.
  readonly #memoTokens = new Uint32Array(MEMO_SIZE);
  // Seeds that a token was followed for; seed 0 counts as met from the start, which costs a list.
  readonly #metSeeds = new Uint32Array(MET_SIZE);
  readonly #capacity: number;
  readonly #lists: Uint32Array[] = [];
  readonly #listSeeds: number[] = [];
  readonly #used: boolean[] = [];
  readonly #places = new Map<number, number>();
  #hand = 0;

  /**
   * Starts with nothing kept.
   *
   * @param part  as checked by the caller; `vocabSize` at most 2^24.
   * @param bytes room for whole lists; one is always kept.
   */
  constructor(part: GreenPart, bytes: number = LISTS_BYTES) {
    const { vocabSize, listed, end } = part;
    this.part = part;
    this.#drawnIsGreen = end === 'first';
    this.#draws = this.#drawnIsGreen ? listed : vocabSize - listed;
    this.#capacity = Math.max(1, Math.floor(bytes / (4 * Math.ceil(vocabSize / 32))));
  }

  /**
   * Says whether a token is on the list of a seed; a token id beyond the vocabulary is on none.
   *
   * @param seed low 32 bits of torch's seed.
   */
  isGreen(seed: number, tokenId: number): boolean {
    if (tokenId >= this.part.vocabSize) return false;
    const kept = this.#keptList(seed);
    if (kept !== undefined) return hasBit(kept, tokenId);
    const at = memoPlace(seed, tokenId);
    const known = this.#memoTokens[at]!;
    if (known % GREEN === tokenId + 1 && this.#memoSeeds[at] === seed) return known >= GREEN;
    const met = metPlace(seed);
    const green =
      this.#metSeeds[met] === seed
        ? hasBit(this.list(seed), tokenId)
        : this.#isDrawn(seed, tokenId) === this.#drawnIsGreen;
    this.#metSeeds[met] = seed;
    this.#memoSeeds[at] = seed;
    this.#memoTokens[at] = tokenId + 1 + (green ? GREEN : 0);
    return green;
  }

  /**
   * Lists the green ids of a seed.
   *
   * @param seed low 32 bits of torch's seed.
   * @returns Uint32Array `[⌈n / 32⌉]`: bit v mod 32 of word ⌊v / 32⌋ is 1 if id v is green. Not to be changed; valid until
   *   the next call of any method.
   */
  list(seed: number): Uint32Array {
    const kept = this.#keptList(seed);
    if (kept !== undefined) return kept;
    const place = this.#freePlace();
    const bits = this.#lists[place] ?? new Uint32Array(Math.ceil(this.part.vocabSize / 32));
    this.#lists[place] = bits;
    this.#fillList(seed, bits);
    this.#listSeeds[place] = seed | 0;
    this.#places.set(seed | 0, place);
    return bits;
  }

  /** Overwrites all that lists and seeds could be read from. */
  wipe(): void {
    this.#random.wipe();
    this.#ids.fill(0);
    this.#memoSeeds.fill(0);
    this.#memoTokens.fill(0);
    this.#metSeeds.fill(0);
    for (const bits of this.#lists) bits.fill(0);
    this.#listSeeds.fill(0);
    this.#places.clear();
  }

  #keptList(seed: number): Uint32Array | undefined {
    // Signed: those are machine integers to JavaScript engines.
    const place = this.#places.get(seed | 0);
    if (place === undefined) return undefined;
    this.#used[place] = true;
    return this.#lists[place];
  }

  // A place that is empty, or whose list was not used since the hand passed it last.
  #freePlace(): number {
    if (this.#places.size < this.#capacity) return this.#places.size;
    while (this.#used[this.#hand] === true) {
      this.#used[this.#hand] = false;
      this.#hand = (this.#hand + 1) % this.#capacity;
    }
    const place = this.#hand;
    this.#places.delete(this.#listSeeds[place]!);
    this.#hand = (place + 1) % this.#capacity;
    return place;
  }

  // Follows the permutation's swaps, keeping only where the token is: at `ahead` places behind the next swap's front.
  #isDrawn(seed: number, tokenId: number): boolean {
    const random = this.#random;
    random.manualSeed(seed);
    let ahead = tokenId;
    let left = this.part.vocabSize;
    for (let todo = this.#draws; todo > 0; todo -= BLOCK_WORDS) {
      const words = random.nextBlock();
      let from = 0;
      const count = Math.min(todo, BLOCK_WORDS);
      while (ahead < count) {
        // At the front the token is swapped away, unless that draw is its own.
        if (findDraw(words, from, ahead + 1, ahead, left)) return true;
        from = ahead + 1;
        ahead += remainder(words[ahead]!, left - ahead);
      }
      if (findDraw(words, from, count, ahead, left)) return true;
      ahead -= count;
      left -= count;
    }
    return false;
  }

  #fillList(seed: number, bits: Uint32Array): void {
    const { vocabSize } = this.part;
    if (this.#ids.length === 0) {
      this.#ids = new Uint32Array(vocabSize);
      this.#identity = new Uint32Array(vocabSize);
      for (let i = 0; i < vocabSize; i++) this.#identity[i] = i;
    }
    const random = this.#random;
    const ids = this.#ids;
    random.manualSeed(seed);
    ids.set(this.#identity);
    bits.fill(0);
    for (let i = 0; i < this.#draws; ) {
      const words = random.nextBlock();
      const end = Math.min(this.#draws, i + BLOCK_WORDS);
      for (let j = 0; i < end; i++, j++) {
        const drawn = i + remainder(words[j]!, vocabSize - i);
        const id = ids[drawn]!;
        ids[drawn] = ids[i]!;
        bits[id >>> 5]! |= 1 << (id & 31);
      }
    }
    if (!this.#drawnIsGreen) for (let i = 0; i < bits.length; i++) bits[i] = ~bits[i]!;
  }
}

/**
 * Returns how many of the vocabulary's ids are green: never all, as the product of a share below 1 does not round up to n.
 *
 * @param name  of the field that says the share.
 * @param share in (0, 1).
 * @throws {RangeError} if no id is green or the vocabulary is not an integer from 2 to 2^24.
 */
export function listedIds(name: string, share: number, vocabSize: number): number {
  checkInteger('vocabSize', vocabSize, 2, MAX_VOCABULARY);
  const listed = Math.floor(vocabSize * share);
  if (listed < 1)
    throw new RangeError(`"${name}" expected at least one of ${vocabSize} ids on a list, got none`);
  return listed;
}

/** Says whether a bit of {@link GreenLists.list} is 1. */
export function hasBit(bits: Uint32Array, tokenId: number): boolean {
  return ((bits[tokenId >>> 5]! >>> (tokenId & 31)) & 1) === 1;
}

// Says whether one of words[from…to − 1], each modulo what is left at its turn, draws the token that is `ahead` of the
// front at word 0, with `left` ids then.
function findDraw(words: Uint32Array, from: number, to: number, ahead: number, left: number): boolean {
  for (let j = from; j < to; j++) if (remainder(words[j]!, left - j) === ahead - j) return true;
  return false;
}

function memoPlace(seed: number, tokenId: number): number {
  return Math.imul(seed ^ Math.imul(tokenId, 0x85eb_ca6b), 0x9e37_79b1) >>> 14;
}

function metPlace(seed: number): number {
  return Math.imul(seed, 0x9e37_79b1) >>> 16;
}
