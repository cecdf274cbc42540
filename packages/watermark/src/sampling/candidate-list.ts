import { WatermarkError } from '../errors.ts';
import type { Candidates } from './candidates.ts';
import { keyOfValue } from './logit-order.ts';
import { type PlainDraw, plainSample } from './plain-sample.ts';
import { checkUniform, type SamplingOptions } from './sampling-options.ts';
import { createScale, weightOf } from './weight.ts';

/**
 * Candidates that an engine hands over, in place of the logits of a whole vocabulary.
 *
 * Selects and draws as `CandidateSelector` does where every token that is not listed has the logit -Infinity, but does work
 * in proportion to the list. Holds a bit for each token of the vocabulary, to tell which ids came twice.
 */
export class CandidateList {
  /** Number of token ids of the vocabulary. */
  readonly vocabSize: number;
  // A bit for each token id that the step lists, zeros between two steps: of a vocabulary of 200,000 it stays in a near cache.
  readonly #listed: Uint32Array;
  #count = 0;
  #maximum = 0;
  #ids = new Uint32Array(0);
  #logits = new Float32Array(0);
  #weights = new Float64Array(0);
  #order = new BigUint64Array(0);
  #halves = new Uint32Array(0);
  #spareIds = new Uint32Array(0);
  #spareLogits = new Float32Array(0);
  #first = 0;
  #kept = 0;
  readonly #drawTail = (uniform: number): number => this.#drawFromTail(uniform);

  constructor(vocabSize: number) {
    this.vocabSize = vocabSize;
    this.#listed = new Uint32Array((vocabSize + 31) >>> 5);
  }

  /**
   * Takes the candidates of one step.
   *
   * @param tokenIds Uint32Array `[m]`, m ≥ 1, in any order. Not changed, not retained.
   * @param logits   Float32Array `[m]`, raw logits or log-probabilities; -Infinity marks a token that must not be chosen.
   *                 Not changed, not retained.
   * @throws {RangeError} if the list is empty, the lengths differ, or an id is beyond the vocabulary or comes twice.
   * @throws {WatermarkError} `invalid-logits` if one is NaN or +Infinity, or all are -Infinity.
   */
  load(tokenIds: Uint32Array, logits: Float32Array): void {
    const count = tokenIds.length;
    if (count === 0) throw new RangeError('"tokenIds" expected one candidate at least, got none');
    if (logits.length !== count)
      throw new RangeError(`"logits" expected length ${count}, got ${logits.length}`);
    const listed = this.#listed;
    let maximum = Number.NEGATIVE_INFINITY;
    let seen = 0;
    try {
      for (; seen < count; seen++) {
        const id = tokenIds[seen]!;
        if (id >= this.vocabSize)
          throw new RangeError(`"tokenIds[${seen}]" expected a token id below ${this.vocabSize}, got ${id}`);
        const word = listed[id >>> 5]!;
        if ((word >>> (id & 31)) & 1)
          throw new RangeError(`"tokenIds[${seen}]" expected an id that is listed once, got ${id} again`);
        listed[id >>> 5] = word | (1 << (id & 31));
        const logit = logits[seen]!;
        if (logit > maximum) maximum = logit;
        // False for NaN too.
        if (!(logit < Number.POSITIVE_INFINITY)) {
          throw new WatermarkError(
            'invalid-logits',
            `"logits" expected finite or -Infinity, got ${logit} at index ${seen}`,
          );
        }
      }
    } finally {
      // Of a fault, its own bit as well; what is beyond the list is nobody's.
      for (let i = 0; i <= seen && i < count; i++) listed[tokenIds[i]! >>> 5] = 0;
    }
    if (maximum === Number.NEGATIVE_INFINITY)
      throw new WatermarkError('invalid-logits', '"logits" expected a finite value, got -Infinity only');
    this.#reserve(count);
    this.#ids.set(tokenIds);
    this.#logits.set(logits);
    this.#count = count;
    this.#maximum = maximum;
  }

  /**
   * Selects among the candidates that were loaded last.
   *
   * @param options as `completeOptions` returns them.
   * @returns candidates and tail, valid until the next call.
   */
  select({ temperature, topK, topP, maxCandidates }: Required<SamplingOptions>): Candidates {
    this.#rank();
    this.#weigh(temperature);
    const weights = this.#weights;
    let kept = Math.min(topK, this.#count);
    if (topP < 1) kept = this.#reach(topP * this.#mass(0, kept), kept);
    let count = Math.min(kept, maxCandidates);
    // A weight that underflows is a probability of exactly 0.
    while (weights[count - 1] === 0) count--;
    const tailWeight = this.#mass(count, kept);
    this.#first = count;
    this.#kept = kept;
    let total = tailWeight;
    for (let i = count - 1; i >= 0; i--) total += weights[i]!;
    for (let i = 0; i < count; i++) weights[i]! /= total;
    return {
      count,
      tokenIds: this.#ids.subarray(0, count),
      probs: weights.subarray(0, count),
      tailMass: tailWeight / total,
      drawTail: this.#drawTail,
    };
  }

  /**
   * Draws among the candidates that were loaded last, without any mark.
   *
   * @param options as for {@link select}.
   * @param uniform a fresh uniform number, 0 <= uniform < 1.
   */
  sample(options: Required<SamplingOptions>, uniform: number): number {
    checkUniform(uniform);
    if (options.topK < this.vocabSize || options.topP < 1) return plainSample(this.select(options), uniform);
    this.#sortById(0, this.#count);
    this.#weigh(options.temperature);
    return this.#invert(0, this.#count, uniform);
  }

  /** Draws as {@link sample} does, for callers that go on to ask how likely the token was. */
  draw(options: Required<SamplingOptions>, uniform: number): PlainDraw {
    if (options.topK === this.vocabSize && options.topP === 1) {
      return { tokenId: this.sample(options, uniform), candidates: () => this.select(options) };
    }
    const candidates = this.select(options);
    // A draw from the tail puts the tail in another order; the candidates stay.
    return { tokenId: plainSample(candidates, uniform), candidates: () => candidates };
  }

  /** Finds the likeliest of the candidates that were loaded last; of several, the one with the smallest id. */
  greedy(): number {
    let best = this.vocabSize;
    for (let i = 0; i < this.#count; i++) {
      if (this.#logits[i] === this.#maximum) best = Math.min(best, this.#ids[i]!);
    }
    return best;
  }

  #reserve(count: number): void {
    if (this.#ids.length >= count) return;
    this.#ids = new Uint32Array(count);
    this.#logits = new Float32Array(count);
    this.#weights = new Float64Array(count);
    this.#order = new BigUint64Array(count);
    this.#halves = new Uint32Array(this.#order.buffer);
    this.#spareIds = new Uint32Array(count);
    this.#spareLogits = new Float32Array(count);
  }

  /** Orders all by descending logit, equal logits by ascending id, which is how engines mostly hand them over. */
  #rank(): void {
    const ids = this.#ids;
    const logits = this.#logits;
    for (let i = 1; i < this.#count; i++) {
      const [before, logit] = [logits[i - 1]!, logits[i]!];
      if (logit < before || (logit === before && ids[i]! > ids[i - 1]!)) continue;
      this.#sortById(0, this.#count);
      this.#sort(0, this.#count, (at) => 0xffffffff - keyOfValue(logits[at]!));
      return;
    }
  }

  #sortById(from: number, to: number): void {
    const ids = this.#ids;
    this.#sort(from, to, (at) => ids[at]!);
  }

  /** Sorts stably by a 32-bit key; keys and places are the halves of 64-bit numbers, which hosts sort natively. */
  #sort(from: number, to: number, keyOf: (at: number) => number): void {
    const halves = this.#halves;
    const count = to - from;
    const [high, low] = LITTLE_ENDIAN ? [1, 0] : [0, 1];
    for (let i = 0; i < count; i++) {
      halves[2 * i + high] = keyOf(from + i);
      halves[2 * i + low] = from + i;
    }
    this.#order.subarray(0, count).sort();
    this.#spareIds.set(this.#ids);
    this.#spareLogits.set(this.#logits);
    for (let i = 0; i < count; i++) {
      const place = halves[2 * i + low]!;
      this.#ids[from + i] = this.#spareIds[place]!;
      this.#logits[from + i] = this.#spareLogits[place]!;
    }
  }

  #weigh(temperature: number): void {
    const scale = createScale(this.#maximum, temperature);
    for (let i = 0; i < this.#count; i++) this.#weights[i] = weightOf(this.#logits[i]!, scale);
  }

  #mass(from: number, to: number): number {
    let mass = 0;
    for (let i = from; i < to; i++) mass += this.#weights[i]!;
    return mass;
  }

  /** Counts the first candidates whose mass reaches `target`. */
  #reach(target: number, limit: number): number {
    let mass = 0;
    for (let i = 0; i < limit; i++) {
      mass += this.#weights[i]!;
      if (mass >= target) return i + 1;
    }
    return limit;
  }

  #drawFromTail(uniform: number): number {
    checkUniform(uniform);
    const from = this.#first;
    const to = this.#kept;
    if (this.#mass(from, to) === 0)
      throw new RangeError('"tailMass" expected > 0 to draw from the tail, got 0');
    const ranked = this.#weights.slice(from, to);
    this.#sort(from, to, (at) => this.#ids[at]!);
    for (let i = 0; i < to - from; i++) {
      this.#weights[from + i] = ranked[this.#halves[2 * i + (LITTLE_ENDIAN ? 0 : 1)]! - from]!;
    }
    return this.#invert(from, to, uniform);
  }

  /** Inverts the cumulative weights of a stretch of the list. */
  #invert(from: number, to: number, uniform: number): number {
    let left = uniform * this.#mass(from, to);
    let last = from;
    for (let i = from; i < to; i++) {
      const weight = this.#weights[i]!;
      if (weight === 0) continue;
      last = i;
      if (left < weight) break;
      left -= weight;
    }
    return this.#ids[last]!;
  }
}

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
