/**
 * Single words of a seeded twister's stream, far into it, without the words that they do not depend on.
 *
 * Source: Matsumoto, Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998): word i of the untempered sequence is made of the words
 * i − 624, i − 623 and i − 227. So what word i needs lies back by sums of these three; nearly everything that is further back
 * than 13,000 words, but few of the nearer ones. The stream is that of random.ts.
 */
const STATE_WORDS = 624;
// Distances back to the words that a word is made of.
const NEAR = 227;
const MIDDLE = 623;
const FAR = 624;
const MULTIPLIER = 1_812_433_253;
const TWIST = 0x9908b0df;

/** What a word depends on: `start[d]` is where the distances of at most d begin in `distances`, which fall. */
interface Dependence {
  /** From here back, every word is needed. */
  readonly horizon: number;
  readonly distances: Uint16Array;
  readonly start: Uint16Array;
}

// The same for all streams; found when the first is asked for.
let dependence: Dependence | undefined;

/** Computes single words of `torch.Generator('cpu')` streams; holds 4 bytes a word up to the furthest one. */
export class TwisterWord {
  // Signed, because only those are machine integers to JavaScript engines.
  readonly #words: Int32Array;
  readonly #dependence: Dependence;

  /** @param length how many words of a stream may be asked for. */
  constructor(length: number) {
    this.#words = new Int32Array(STATE_WORDS + length);
    dependence ??= findDependence();
    this.#dependence = dependence;
  }

  /**
   * Computes the word that a stream gives after `index` others.
   *
   * @param seed  unsigned 32-bit integer.
   * @param index 0…length − 1.
   */
  at(seed: number, index: number): number {
    const words = this.#words;
    const { horizon, distances, start } = this.#dependence;
    seedState(words, seed, Math.min(STATE_WORDS, index + STATE_WORDS - NEAR + 1));
    const target = STATE_WORDS + index;
    twistAll(words, target - horizon);
    for (let k = start[Math.min(index, horizon)]!; k < distances.length; k++) {
      const i = target - distances[k]!;
      words[i] = twisted(words, i);
    }
    let word = words[target]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  /** Overwrites what a seed could be found from. */
  wipe(): void {
    this.#words.fill(0);
  }
}

function seedState(words: Int32Array, seed: number, count: number): void {
  let word = seed | 0;
  words[0] = word;
  for (let i = 1; i < count; i++) {
    word = (Math.imul(MULTIPLIER, word ^ (word >>> 30)) + i) | 0;
    words[i] = word;
  }
}

// Computes all words up to `last`.
function twistAll(words: Int32Array, last: number): void {
  let current = words[0]!;
  for (let i = STATE_WORDS; i <= last; i++) {
    const next = words[i - MIDDLE]!;
    words[i] = words[i - NEAR]! ^ halved(current, next);
    current = next;
  }
}

function twisted(words: Int32Array, i: number): number {
  return words[i - NEAR]! ^ halved(words[i - FAR]!, words[i - MIDDLE]!);
}

function halved(high: number, low: number): number {
  return (((high & 0x8000_0000) | (low & 0x7fff_ffff)) >>> 1) ^ (-(low & 1) & TWIST);
}

// The sums of 227, 623 and 624, up to where 624 of them in a row show that all later numbers are sums too.
function findDependence(): Dependence {
  const isSum: boolean[] = [true];
  let run = 1;
  for (let d = 1; run < STATE_WORDS; d++) {
    isSum[d] = [NEAR, MIDDLE, FAR].some((step) => isSum[d - step] === true);
    run = isSum[d] === true ? run + 1 : 0;
  }
  const horizon = isSum.length - run;
  const distances: number[] = [];
  for (let d = horizon - 1; d >= 0; d--) if (isSum[d] === true) distances.push(d);
  const start = new Uint16Array(horizon + 1);
  let first = distances.length;
  for (let d = 0; d <= horizon; d++) {
    if (d < horizon && isSum[d] === true) first--;
    start[d] = first;
  }
  return { horizon, distances: Uint16Array.from(distances), start };
}
