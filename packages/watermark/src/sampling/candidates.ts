import {
  DescendingSorter,
  keyOfBits,
  keyOfRank,
  keyOfValue,
  LEAST_LOGIT,
  valueOfKey,
} from './logit-order.ts';
import { BLOCK_SIZE, BUCKETS, type LogitsEngine, type WeightScale } from './logits-engine.ts';
import { createScalarEngine } from './scalar-engine.ts';
import { createWasmEngine } from './wasm-engine.ts';

/**
 * How raw logits become a distribution, applied in this order: temperature, top-k, top-p, renormalisation.
 *
 * Tokens are ranked by descending logit, equal logits by ascending id.
 */
export interface SamplingOptions {
  /** Divides the logits; finite and > 0 (default 1). Greedy decoding cannot carry a sampled mark and is refused. */
  readonly temperature?: number;
  /** Keeps exactly this many of the first-ranked tokens, or all of them if there are fewer; an integer >= 1. */
  readonly topK?: number;
  /**
   * Keeps the shortest prefix of the ranking whose mass after temperature and top-k is at least this, one token
   * at least; 0 < topP <= 1, and 1 keeps everything.
   */
  readonly topP?: number;
  /** The most candidates, an integer >= 1 (default 4096); what truncation keeps beyond them is the tail. */
  readonly maxCandidates?: number;
}

/**
 * The tokens that a scheme chooses from, and the tail behind them.
 *
 * Views into buffers of the selector: the next {@link CandidateSelector.select} overwrites them.
 */
export interface Candidates {
  /** Number of candidates, at least 1. */
  readonly count: number;
  /** Uint32Array `[count]`, token ids by descending logit, equal logits by ascending id. */
  readonly tokenIds: Uint32Array;
  /** Float64Array `[count]`, probabilities, each > 0; together with `tailMass` they sum to 1. */
  readonly probs: Float64Array;
  /**
   * Probability of the tokens that truncation kept beyond the candidates; 0 if there are none.
   *
   * Relative error below 3e-7: tail weights are single-precision exponentials added up in double precision, so a
   * candidate's probability is off by less than 3e-7 * tailMass relative to exact arithmetic.
   */
  readonly tailMass: number;
  /**
   * Draws a token of the tail with its conditional probability.
   *
   * @param uniform a fresh uniform number, 0 <= uniform < 1.
   * @returns a token id that is not a candidate.
   * @throws {RangeError} if `uniform` is outside [0, 1) or `tailMass` is 0.
   */
  drawTail(uniform: number): number;
}

/** How a {@link CandidateSelector} computes. */
export interface CandidateSelectorOptions {
  /**
   * 'wasm' needs WebAssembly SIMD and 'scalar' does not; both give the same bits. By default the first where the
   * host has it.
   */
  readonly engine?: 'wasm' | 'scalar';
}

const DEFAULT_CANDIDATES = 4096;
// Room for tokens gathered beyond the candidates: the sampled threshold is deliberately low, and logits may tie.
const SPARE = 8192;
const SAMPLE_SIZE = 6144;
const LEAST_KEY = keyOfValue(LEAST_LOGIT);
const INFINITE_KEY = keyOfValue(Number.POSITIVE_INFINITY);

/** A place in the ranking: the tokens up to and including `id` among those with logit `value`, and all above. */
interface Rank {
  readonly value: number;
  readonly id: number;
}

/** What {@link CandidateSelector} searches the ranking for: a number of tokens or a sum of weights. */
type Measure = 'count' | 'mass';

/** A range of keys with `size` tokens, before which the ranking holds `before` of the measure. */
interface KeyRange {
  readonly low: number;
  readonly high: number;
  readonly size: number;
  readonly before: number;
}

/**
 * Turns the raw logits of one step into the candidates of a watermark scheme.
 *
 * A few passes over the vocabulary with four tokens at a time, and exact double precision for the candidates. The
 * result does not depend on the machine beyond the rounding of `Math.exp`; the ranking is exact. Holds about
 * 5 bytes a token and 24 bytes a candidate, and allocates only when `maxCandidates` grows.
 */
export class CandidateSelector {
  /** Number of tokens. */
  readonly vocabSize: number;
  /** Which engine was taken. */
  readonly engine: 'wasm' | 'scalar';
  readonly #engine: LogitsEngine;
  readonly #sorter: DescendingSorter = new DescendingSorter();
  readonly #sample: Uint32Array = new Uint32Array(SAMPLE_SIZE + 1);
  readonly #drawTail = (uniform: number): number => this.#draw(uniform);
  #capacity = 0;

  // The head: the first-ranked tokens, gathered and sorted; as many as are needed, and often more.
  #headSize = 0;
  #headIds = new Uint32Array(0);
  #headValues = new Float32Array(0);
  #weights = new Float64Array(0);
  // Below the head: everything under #top, and #ties tokens that tie with the last of the head.
  #top = 0;
  #ties = 0;

  #temperature = 1;
  #scale: WeightScale = { maximum: 0, factor: 1, floor: 0 };
  // The tail lies between these two ranks: after the first, up to the second.
  #lastCandidate: Rank = { value: 0, id: 0 };
  #lastKept: Rank = { value: 0, id: 0 };
  #tailWeight = 0;

  /**
   * Allocates the buffers for one vocabulary.
   *
   * @param vocabSize number of tokens, an integer >= 1: the length of every logits array.
   * @param options   see {@link CandidateSelectorOptions}.
   * @throws {RangeError} if `vocabSize` is not a positive integer, or `engine` is 'wasm' on a host without it.
   */
  constructor(vocabSize: number, options: CandidateSelectorOptions = {}) {
    checkPositiveInteger('vocabSize', vocabSize);
    const wasm = options.engine === 'scalar' ? undefined : createWasmEngine(vocabSize);
    if (options.engine === 'wasm' && wasm === undefined)
      throw new RangeError('"engine" expected one that this host has, got wasm without WebAssembly SIMD');
    this.vocabSize = vocabSize;
    this.engine = wasm === undefined ? 'scalar' : 'wasm';
    this.#engine = wasm ?? createScalarEngine(vocabSize);
  }

  /**
   * Selects the candidates of one step.
   *
   * Which tokens top-p keeps is decided by masses with a relative error below 3e-7 beyond the candidates, exact
   * to double precision within them.
   *
   * @param logits  Float32Array `[vocabSize]`, raw logits before temperature; -Infinity marks a token that must not
   *                be chosen. Not changed, not retained.
   * @param options see {@link SamplingOptions}.
   * @returns candidates and tail, valid until the next call.
   * @throws {RangeError} if the length differs from `vocabSize`, a logit is NaN or +Infinity, all are -Infinity, or
   *   an option is out of range (temperature 0 among them).
   */
  select(logits: Float32Array, options: SamplingOptions = {}): Candidates {
    const { temperature = 1, topK = this.vocabSize, topP = 1, maxCandidates = DEFAULT_CANDIDATES } = options;
    checkTemperature(temperature);
    checkPositiveInteger('topK', topK);
    checkPositiveInteger('maxCandidates', maxCandidates);
    if (!(topP > 0 && topP <= 1)) throw new RangeError(`"topP" expected 0 < topP <= 1, got ${topP}`);
    if (logits.length !== this.vocabSize)
      throw new RangeError(`"logits" expected length ${this.vocabSize}, got ${logits.length}`);

    this.#load(logits, temperature);
    const wanted = Math.min(topK, maxCandidates, this.vocabSize);
    this.#reserve(wanted + SPARE);
    this.#gatherHead(wanted);
    const kept = this.#truncate(topK, topP);
    return this.#finish(Math.min(kept, maxCandidates), kept);
  }

  #load(logits: Float32Array, temperature: number): void {
    const engine = this.#engine;
    engine.logits.set(logits);
    const maximum = engine.largest();
    if (Number.isNaN(maximum))
      throw new RangeError(`"logits" expected numbers, got NaN at index ${findNaN(logits)}`);
    if (maximum === Number.POSITIVE_INFINITY)
      throw new RangeError(
        `"logits" expected values below +Infinity, got it at index ${logits.indexOf(maximum)}`,
      );
    if (maximum === Number.NEGATIVE_INFINITY)
      throw new RangeError('"logits" expected at least one finite value, got -Infinity only');
    this.#temperature = temperature;
    this.#scale = scaleFor(maximum, temperature);
  }

  #reserve(capacity: number): void {
    if (this.#capacity >= capacity) return;
    this.#capacity = capacity;
    this.#engine.reserve(capacity);
    this.#sorter.reserve(capacity);
    this.#headIds = new Uint32Array(capacity);
    this.#headValues = new Float32Array(capacity);
    this.#weights = new Float64Array(capacity);
  }

  /** Gathers at least the `wanted` first-ranked tokens, or all; afterwards the block sums hold all the others. */
  #gatherHead(wanted: number): void {
    const capacity = this.#capacity;
    this.#headSize = 0;
    this.#ties = 0;
    let threshold = this.vocabSize <= capacity ? LEAST_LOGIT : this.#guessThreshold(wanted);
    let found = this.#gather(threshold, Number.POSITIVE_INFINITY);
    if (found > capacity || (found < wanted && threshold > LEAST_LOGIT)) {
      const guess = keyOfValue(threshold);
      const range = this.#seek('count', wanted, INFINITE_KEY, guess, guess + 1);
      if (range !== undefined && range.size > SPARE) {
        this.#gatherTiedHead(range, wanted);
        return;
      }
      threshold = range === undefined ? LEAST_LOGIT : valueOfKey(range.low);
      found = this.#gather(threshold, Number.POSITIVE_INFINITY);
    }
    this.#appendHead(found);
    this.#top = threshold;
  }

  /** Gathers the head where too many tokens tie at its end: those above the tie, then as many as are wanted. */
  #gatherTiedHead(range: KeyRange, wanted: number): void {
    const value = valueOfKey(range.low);
    const above = valueOfKey(range.high);
    this.#appendHead(this.#gather(above, Number.POSITIVE_INFINITY));
    const taken = wanted - this.#headSize;
    this.#gather(value, above);
    this.#appendHead(taken);
    this.#top = value;
    this.#ties = range.size - taken;
    const firstTie = this.#headIds[this.#headSize - 1]! + 1;
    this.#addTies(value, firstTie, this.vocabSize - 1);
  }

  #gather(low: number, high: number): number {
    return this.#engine.sweep(this.#scale, this.#scale.floor, low, low, high);
  }

  #appendHead(count: number): void {
    const sorter = this.#sorter;
    sorter.sort(this.#engine.ids, this.#engine.bits, count);
    const { ids, keys } = sorter;
    const { maximum } = this.#scale;
    const base = this.#headSize;
    for (let i = 0; i < count; i++) {
      const value = valueOfKey(keys[i]!);
      this.#headIds[base + i] = ids[i]!;
      this.#headValues[base + i] = value;
      this.#weights[base + i] = Math.exp((value - maximum) / this.#temperature);
    }
    this.#headSize = base + count;
  }

  /** Guesses, from a sample, a logit that somewhat more than `wanted` tokens reach. */
  #guessThreshold(wanted: number): number {
    const size = this.#takeSample();
    const expected = (wanted * size) / this.vocabSize;
    // Five standard deviations of a Poisson count, and a little for small ones.
    const rank = Math.ceil(expected + 5 * Math.sqrt(expected) + 6);
    if (rank >= size) return LEAST_LOGIT;
    return Math.max(LEAST_LOGIT, valueOfKey(keyOfRank(this.#sample, size, rank)));
  }

  #takeSample(): number {
    const logits = this.#engine.logits;
    const bits = new Uint32Array(logits.buffer, logits.byteOffset, this.vocabSize);
    const stride = Math.ceil(this.vocabSize / SAMPLE_SIZE);
    let size = 0;
    for (let i = 0; i < bits.length; i += stride) this.#sample[size++] = keyOfBits(bits[i]!);
    return size;
  }

  /**
   * Finds where the ranking below `topKey`, followed downwards, reaches `need` of the measure.
   *
   * @returns a range of at most SPARE tokens or a single key; `undefined` if the whole ranking has less.
   */
  #seek(
    measure: Measure,
    need: number,
    topKey: number,
    guessLow: number,
    guessHigh: number,
  ): KeyRange | undefined {
    const { counts, masses } = this.#engine;
    const sizes = measure === 'count' ? counts : masses;
    const top = valueOfKey(topKey);
    let low = guessLow;
    let high = guessHigh;
    let guessed = true;
    for (;;) {
      const span = high - low;
      const shift = span <= BUCKETS ? 0 : 21 - Math.clz32(span - 1);
      this.#engine.histogram(this.#scale, valueOfKey(low), valueOfKey(high), top, low, shift);
      let before = sizes[BUCKETS]!;
      if (guessed && before >= need && high < topKey) {
        [low, high, guessed] = [high, topKey, false];
        continue;
      }
      let bucket = (span - 1) >>> shift;
      let last = -1;
      for (; bucket >= 0; bucket--) {
        if (counts[bucket] === 0) continue;
        if (before + sizes[bucket]! >= need) break;
        before += sizes[bucket]!;
        last = bucket;
      }
      if (bucket < 0) {
        if (low === LEAST_KEY) return undefined;
        if (guessed) {
          [low, high, guessed] = [LEAST_KEY, low, false];
          continue;
        }
        // Sums in another order differ in their last bits: the edge is then the end of this range.
        bucket = last;
        before -= sizes[bucket]!;
      }
      guessed = false;
      const bucketLow = low + bucket * 2 ** shift;
      const bucketHigh = Math.min(high, bucketLow + 2 ** shift);
      const size = counts[bucket]!;
      if (size <= SPARE || shift === 0) return { low: bucketLow, high: bucketHigh, size, before };
      low = bucketLow;
      high = bucketHigh;
    }
  }

  /**
   * Applies top-k, then top-p.
   *
   * @returns how many tokens are kept if the head holds them all, else Infinity with `#lastKept` set.
   */
  #truncate(topK: number, topP: number): number {
    const { blockSums } = this.#engine;
    const size = this.#headSize;
    this.#lastKept = { value: LEAST_LOGIT, id: this.vocabSize };
    let kept = Number.POSITIVE_INFINITY;
    if (topK <= size) {
      kept = topK;
      blockSums.fill(0);
    } else if (topK < this.vocabSize) this.#cutBelow('count', topK - size);
    if (topP === 1) return kept;

    const inHead = Math.min(kept, size);
    let total = 0;
    for (let i = 0; i < inHead; i++) total += this.#weights[i]!;
    for (const sum of blockSums) total += sum;
    const target = topP * total;
    let mass = 0;
    for (let i = 0; i < inHead; i++) {
      mass += this.#weights[i]!;
      if (mass >= target) {
        blockSums.fill(0);
        return i + 1;
      }
    }
    if (kept === Number.POSITIVE_INFINITY) {
      const byTopK = this.#lastKept;
      this.#cutBelow('mass', target - mass);
      // Rounding may place the edge of a topP near 1 behind that of top-k.
      if (ranksAfter(this.#lastKept, byTopK)) this.#cutBelow('count', topK - size);
    }
    return kept;
  }

  /** Keeps, below the head, only the shortest prefix of the ranking that holds `need`; all if it has less. */
  #cutBelow(measure: Measure, need: number): void {
    if (this.#top === LEAST_LOGIT && this.#ties === 0) return;
    const engine = this.#engine;
    if (this.#ties > 0) {
      const value = this.#headValues[this.#headSize - 1]!;
      const weight = this.#weightOf(value);
      const each = measure === 'count' ? 1 : weight;
      const first = this.#headIds[this.#headSize - 1]! + 1;
      if (each * this.#ties >= need) {
        engine.blockSums.fill(0);
        this.#keepTies(value, first, Math.ceil(need / each));
        return;
      }
      need -= each * this.#ties;
    }
    const topKey = keyOfValue(this.#top);
    const range = this.#seek(measure, need, topKey, LEAST_KEY, topKey);
    if (range === undefined) return;

    const low = valueOfKey(range.low);
    const high = valueOfKey(range.high);
    const sumLow = Math.max(high, this.#scale.floor);
    const found = engine.sweep(this.#scale, sumLow, this.#top, low, high);
    if (this.#ties > 0) {
      const first = this.#headIds[this.#headSize - 1]! + 1;
      this.#addTies(this.#headValues[this.#headSize - 1]!, first, this.vocabSize - 1);
    }
    if (range.size > SPARE) {
      const each = measure === 'count' ? 1 : this.#weightOf(low);
      this.#keepTies(low, 0, Math.min(range.size, Math.ceil((need - range.before) / each)));
      return;
    }
    this.#sorter.sort(engine.ids, engine.bits, found);
    const { ids, keys } = this.#sorter;
    let before = range.before;
    for (let i = 0; i < found; i++) {
      const id = ids[i]!;
      const value = valueOfKey(keys[i]!);
      const weight = this.#weightOf(value);
      engine.blockSums[Math.floor(id / BLOCK_SIZE)]! += weight;
      before += measure === 'count' ? 1 : weight;
      this.#lastKept = { value, id };
      if (before >= need) break;
    }
  }

  /** Keeps the first `count` tokens from `firstId` on with the given logit, and ends the tail there. */
  #keepTies(value: number, firstId: number, count: number): void {
    const { logits } = this.#engine;
    let id = firstId - 1;
    for (let left = count >= 1 ? count : 1; left > 0; left--) {
      do id++;
      while (logits[id] !== value);
    }
    this.#addTies(value, firstId, id);
    this.#lastKept = { value, id };
  }

  #addTies(value: number, firstId: number, lastId: number): void {
    const { logits, blockSums } = this.#engine;
    const weight = this.#weightOf(value);
    for (let id = firstId; id <= lastId; id++)
      if (logits[id] === value) blockSums[Math.floor(id / BLOCK_SIZE)]! += weight;
  }

  #weightOf(value: number): number {
    return Math.exp((value - this.#scale.maximum) / this.#temperature);
  }

  /** Normalises the first `count` tokens of the head; those kept behind them join the tail. */
  #finish(limit: number, kept: number): Candidates {
    const { blockSums } = this.#engine;
    const weights = this.#weights;
    const inHead = Math.min(kept, this.#headSize);
    let count = Math.min(limit, inHead);
    // A weight that underflows is a probability of exactly 0.
    while (weights[count - 1] === 0) count--;
    for (let i = count; i < inHead; i++)
      blockSums[Math.floor(this.#headIds[i]! / BLOCK_SIZE)]! += weights[i]!;
    if (inHead === kept)
      this.#lastKept = { value: this.#headValues[inHead - 1]!, id: this.#headIds[inHead - 1]! };
    this.#lastCandidate = { value: this.#headValues[count - 1]!, id: this.#headIds[count - 1]! };

    let tail = 0;
    for (const sum of blockSums) tail += sum;
    let total = tail;
    for (let i = count - 1; i >= 0; i--) total += weights[i]!;
    for (let i = 0; i < count; i++) weights[i]! /= total;
    this.#tailWeight = tail;
    return {
      count,
      tokenIds: this.#headIds.subarray(0, count),
      probs: weights.subarray(0, count),
      tailMass: tail / total,
      drawTail: this.#drawTail,
    };
  }

  #draw(uniform: number): number {
    if (!(uniform >= 0 && uniform < 1))
      throw new RangeError(`"uniform" expected 0 <= uniform < 1, got ${uniform}`);
    if (this.#tailWeight === 0)
      throw new RangeError('"drawTail" expected a tail of positive mass, got an empty one');
    const { blockSums } = this.#engine;
    let left = uniform * this.#tailWeight;
    let block = -1;
    for (let i = 0; i < blockSums.length; i++) {
      const sum = blockSums[i]!;
      if (sum === 0) continue;
      block = i;
      if (left < sum) break;
      left -= sum;
    }
    return this.#drawInBlock(block, Math.min(left / blockSums[block]!, 1));
  }

  /** Inverts the cumulative weights of the tail's tokens in one block, in double precision. */
  #drawInBlock(block: number, uniform: number): number {
    const { logits } = this.#engine;
    const first = block * BLOCK_SIZE;
    const end = Math.min(first + BLOCK_SIZE, this.vocabSize);
    let total = 0;
    for (let id = first; id < end; id++) if (this.#inTail(id)) total += this.#weightOf(logits[id]!);
    let left = uniform * total;
    let last = -1;
    for (let id = first; id < end; id++) {
      if (!this.#inTail(id)) continue;
      const weight = this.#weightOf(logits[id]!);
      if (weight === 0) continue;
      last = id;
      if (left < weight) break;
      left -= weight;
    }
    return last;
  }

  #inTail(id: number): boolean {
    const logit = this.#engine.logits[id]!;
    const after = this.#lastCandidate;
    const upTo = this.#lastKept;
    return (
      (logit < after.value || (logit === after.value && id > after.id)) &&
      (logit > upTo.value || (logit === upTo.value && id <= upTo.id))
    );
  }
}

function scaleFor(maximum: number, temperature: number): WeightScale {
  // A tiny temperature must not overflow: 0 * Infinity is NaN.
  const factor = Math.min(Math.LOG2E / temperature, Number.MAX_VALUE);
  let key = keyOfValue(Math.max(LEAST_LOGIT, maximum - 126 / factor));
  while (key > LEAST_KEY && (valueOfKey(key - 1) - maximum) * factor >= -126) key--;
  while ((valueOfKey(key) - maximum) * factor < -126) key++;
  return { maximum, factor, floor: valueOfKey(key) };
}

function ranksAfter(a: Rank, b: Rank): boolean {
  return a.value < b.value || (a.value === b.value && a.id > b.id);
}

function findNaN(logits: Float32Array): number {
  return logits.findIndex((logit) => Number.isNaN(logit));
}

function checkTemperature(temperature: number): void {
  if (temperature === 0)
    throw new RangeError(
      '"temperature" expected a number > 0, got 0: greedy decoding cannot carry a sampled mark',
    );
  if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY))
    throw new RangeError(`"temperature" expected a finite number > 0, got ${temperature}`);
}

function checkPositiveInteger(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`"${name}" expected an integer >= 1, got ${value}`);
}
