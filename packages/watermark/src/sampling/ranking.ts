import {
  DescendingSorter,
  keyOfBits,
  keyOfRank,
  keyOfValue,
  LEAST_LOGIT,
  valueOfKey,
} from './logit-order.ts';
import { BUCKETS, type LogitsEngine, type Rank } from './logits-engine.ts';
import type { WeightScale } from './weight.ts';

/** What a {@link Ranking} is measured in: a number of tokens or a sum of weights. */
export type Measure = 'count' | 'mass';

/** A range of keys with `size` tokens of `mass` in all, above which the ranking holds `before` of the measure. */
interface KeyRange {
  readonly low: number;
  readonly high: number;
  readonly size: number;
  readonly mass: number;
  readonly before: number;
}

// Room for tokens gathered beyond those wanted: the sampled threshold is deliberately low, and logits may tie.
const SPARE = 8192;
const SAMPLE_SIZE = 6144;
const LEAST_STRIDE = 4;
const LEAST_KEY = keyOfValue(LEAST_LOGIT);
const INFINITE_KEY = keyOfValue(Number.POSITIVE_INFINITY);

/**
 * The order of the tokens of one step, by descending logit and then ascending id, sorted only as far as asked.
 *
 * The first ranks are the *head*: gathered through a threshold guessed from a sample, then sorted. Ranks further down
 * are found by histogram passes, never by sorting.
 */
export class Ranking {
  readonly #engine: LogitsEngine;
  readonly #sorter: DescendingSorter = new DescendingSorter();
  readonly #sample: Uint32Array = new Uint32Array(SAMPLE_SIZE);
  #scale: WeightScale = { maximum: 0, factor: 1, floor: 0 };
  #headSize = 0;

  constructor(engine: LogitsEngine) {
    this.#engine = engine;
  }

  /** Number of tokens in the head: the first entries of the engine's list, in order, with their weights. */
  get headSize(): number {
    return this.#headSize;
  }

  /** Starts on the engine's logits as they are now, with no head. */
  start(scale: WeightScale): void {
    this.#scale = scale;
    this.#headSize = 0;
  }

  /**
   * Makes the head hold the `wanted` first tokens at least, or all there are.
   *
   * @param withSums whether the engine's block sums must hold all tokens behind the head afterwards.
   */
  takeHead(wanted: number, withSums: boolean): void {
    const engine = this.#engine;
    engine.reserve(wanted + 2 * SPARE);
    this.#sorter.reserve(wanted + SPARE);
    const room = wanted + SPARE;
    let threshold = this.#guessThreshold(wanted);
    let found = this.#gather(threshold, withSums);
    if (found > room || (found < wanted && threshold > LEAST_LOGIT)) {
      const range = this.#seek('count', wanted);
      if (range !== undefined && range.size > SPARE) {
        this.#takeTiedHead(range, wanted, withSums);
        return;
      }
      threshold = range === undefined ? LEAST_LOGIT : valueOfKey(range.low);
      found = this.#gather(threshold, withSums);
    }
    this.#orderHead(found);
  }

  /**
   * Finds the last token of the shortest prefix of the ranking that holds `need` of the measure.
   *
   * @returns its place; `undefined` if the whole ranking has less.
   */
  findEdge(measure: Measure, need: number): Rank | undefined {
    const range = this.#seek(measure, need);
    if (range === undefined) return undefined;
    const value = valueOfKey(range.low);
    if (range.size > SPARE) {
      // All tie, so all weigh the same.
      const each = measure === 'count' ? 1 : range.mass / range.size;
      const nth = Math.ceil((need - range.before) / each);
      return { value, id: this.#idOfTie(value, Math.max(1, Math.min(range.size, nth))) };
    }
    return this.#findInRange(range, measure, need);
  }

  #gather(threshold: number, withSums: boolean): number {
    return withSums
      ? this.#engine.split(this.#scale, threshold)
      : this.#engine.gather(threshold, Number.POSITIVE_INFINITY, 0);
  }

  #orderHead(size: number): void {
    const engine = this.#engine;
    this.#sorter.sort(engine.ids, engine.bits, size);
    engine.weigh(this.#scale, 0, size);
    this.#headSize = size;
  }

  /** Takes the head where too many tokens tie at its end: those above the tie, then as many as are wanted. */
  #takeTiedHead(range: KeyRange, wanted: number, withSums: boolean): void {
    const engine = this.#engine;
    const value = valueOfKey(range.low);
    const above = valueOfKey(range.high);
    const size = engine.gather(above, Number.POSITIVE_INFINITY, 0);
    engine.gather(value, above, size);
    this.#orderHead(wanted);
    const last = { value, id: engine.ids[wanted - 1]! };
    if (withSums) engine.sumBetween(this.#scale, last, { value: LEAST_LOGIT, id: engine.logits.length });
  }

  /** Guesses, from a sample, a logit that somewhat more than `wanted` tokens reach. */
  #guessThreshold(wanted: number): number {
    const { logits } = this.#engine;
    const bits = new Uint32Array(logits.buffer, logits.byteOffset, logits.length);
    const stride = Math.max(LEAST_STRIDE, Math.ceil(bits.length / SAMPLE_SIZE));
    let size = 0;
    for (let i = 0; i < bits.length; i += stride) this.#sample[size++] = keyOfBits(bits[i]!);
    const expected = wanted / stride;
    // Five standard deviations of a Poisson count, and a little for small ones.
    const rank = Math.ceil(expected + 5 * Math.sqrt(expected) + 6);
    if (rank >= size) return LEAST_LOGIT;
    return Math.max(LEAST_LOGIT, valueOfKey(keyOfRank(this.#sample, size, rank)));
  }

  /**
   * Finds where the ranking reaches `need` of the measure.
   *
   * @returns a range of at most SPARE tokens or a single key; `undefined` if the whole ranking has less.
   */
  #seek(measure: Measure, need: number): KeyRange | undefined {
    const { counts, masses } = this.#engine;
    const sizes = measure === 'count' ? counts : masses;
    let low = measure === 'count' ? LEAST_KEY : keyOfValue(this.#scale.floor);
    let high = Math.min(INFINITE_KEY, keyOfValue(this.#scale.maximum) + 1);
    for (let first = true; ; first = false) {
      const span = high - low;
      const shift = span <= BUCKETS ? 0 : 21 - Math.clz32(span - 1);
      this.#engine.histogram(this.#scale, valueOfKey(low), valueOfKey(high), low, shift);
      let before = sizes[BUCKETS]!;
      let bucket = (span - 1) >>> shift;
      let last = -1;
      for (; bucket >= 0; bucket--) {
        if (counts[bucket] === 0) continue;
        if (before + sizes[bucket]! >= need) break;
        before += sizes[bucket]!;
        last = bucket;
      }
      if (bucket < 0) {
        if (first) return undefined;
        // Sums in another order differ in their last bits: the edge is then the end of this range.
        bucket = last;
        before -= sizes[bucket]!;
      }
      const size = counts[bucket]!;
      const bucketLow = low + bucket * 2 ** shift;
      high = Math.min(high, bucketLow + 2 ** shift);
      low = bucketLow;
      if (size <= SPARE || shift === 0) return { low, high, size, mass: masses[bucket]!, before };
    }
  }

  /** Finds the edge among few enough tokens to sort, behind the head in the engine's list. */
  #findInRange(range: KeyRange, measure: Measure, need: number): Rank {
    const engine = this.#engine;
    const at = this.#headSize;
    const size = engine.gather(valueOfKey(range.low), valueOfKey(range.high), at);
    const ids = engine.ids.subarray(at);
    this.#sorter.sort(ids, engine.bits.subarray(at), size);
    engine.weigh(this.#scale, at, size);
    let before = range.before;
    let i = 0;
    while (i < size - 1) {
      before += measure === 'count' ? 1 : engine.weights[at + i]!;
      if (before >= need) break;
      i++;
    }
    return { value: engine.values[at + i]!, id: ids[i]! };
  }

  #idOfTie(value: number, nth: number): number {
    const { logits } = this.#engine;
    let id = -1;
    for (let left = nth; left > 0; left--) id = logits.indexOf(value, id + 1);
    return id;
  }
}
