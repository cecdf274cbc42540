/** Words of tuples seen before, where a word is dear: a bounded number of places, each set of four holding the latest. */

const WAYS = 4;
const FIRST_PLACES = 2 ** 12;

/** A cache of 32-bit words by seed and index: 12 bytes a place, as many as are wanted and never more than a limit. */
export class TupleCache {
  readonly #limit: number;
  #places = FIRST_PLACES;
  #seeds = new Uint32Array(FIRST_PLACES);
  // One more than the index, so that 0 is an empty place.
  #indices = new Uint32Array(FIRST_PLACES);
  #words = new Uint32Array(FIRST_PLACES);
  #used = 0;
  #turn = 0;

  /** @param limit places at most, a power of 2 from 4,096 on. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Returns the word of a tuple, computing it if it is not held. */
  take(seed: number, index: number, compute: (seed: number, index: number) => number): number {
    const first = this.#setOf(seed, index);
    const seeds = this.#seeds;
    const indices = this.#indices;
    for (let at = first; at < first + WAYS; at++) {
      if (seeds[at] === seed && indices[at] === index + 1) return this.#words[at]!;
    }
    const word = compute(seed, index);
    if (2 * this.#used >= this.#places && this.#places < this.#limit) this.#grow();
    this.#put(seed, index, word);
    return word;
  }

  /** Forgets everything. */
  clear(): void {
    this.#seeds.fill(0);
    this.#indices.fill(0);
    this.#words.fill(0);
    this.#used = 0;
  }

  #setOf(seed: number, index: number): number {
    let hash = Math.imul(seed ^ Math.imul(index + 1, 0x9e37_79b1), 0x85eb_ca6b);
    hash ^= hash >>> 15;
    return (hash & (this.#places / WAYS - 1)) * WAYS;
  }

  #put(seed: number, index: number, word: number): void {
    const first = this.#setOf(seed, index);
    let at = first;
    while (at < first + WAYS && this.#indices[at] !== 0) at++;
    if (at === first + WAYS) at = first + (this.#turn++ % WAYS);
    else this.#used++;
    this.#seeds[at] = seed;
    this.#indices[at] = index + 1;
    this.#words[at] = word;
  }

  #grow(): void {
    const held = [this.#seeds, this.#indices, this.#words] as const;
    this.#places *= 4;
    this.#seeds = new Uint32Array(this.#places);
    this.#indices = new Uint32Array(this.#places);
    this.#words = new Uint32Array(this.#places);
    this.#used = 0;
    const [seeds, indices, words] = held;
    for (let at = 0; at < seeds.length; at++) {
      if (indices[at] !== 0) this.#put(seeds[at]!, indices[at]! - 1, words[at]!);
    }
    for (const array of held) array.fill(0);
  }
}
