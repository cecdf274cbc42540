/** The tokens that a marked step is played between, gathered from a model's logits. */

// Below it exp is 0 in a double.
const LOG_ZERO = -746;

/** Token ids with their logits; grows to the largest step. */
export class GatheredLogits {
  /** Uint32Array, at least `[count]`. */
  ids: Uint32Array = new Uint32Array(0);
  /** Float64Array, at least `[count]`. */
  values: Float64Array = new Float64Array(0);
  /** Uint32Array, at least `[count]`: room for the candidates' words. */
  words: Uint32Array = new Uint32Array(0);
  count = 0;

  /**
   * Gathers, ascending by id, the tokens whose probability is not 0 in a double.
   *
   * @throws {RangeError} if a logit is NaN or Infinity, or none is finite.
   */
  gatherPossible(logits: Float32Array | Float64Array): void {
    this.#reserve(logits.length);
    const { ids, values } = this;
    let largest = -Infinity;
    // Rises with the largest logit so far: what it let through too early goes afterwards.
    let threshold = -Infinity;
    let lowest = Infinity;
    let count = 0;
    for (let id = nextAbove(logits, 0, threshold); id < logits.length; ) {
      const logit = logits[id]!;
      if (!(logit < Infinity)) refuseLogit(logit, id);
      ids[count] = id;
      values[count] = logit;
      count++;
      if (logit < lowest) lowest = logit;
      if (logit > largest) {
        largest = logit;
        threshold = logit + LOG_ZERO;
      }
      id = nextAbove(logits, id + 1, threshold);
    }
    this.count = lowest > threshold ? count : this.#keepAbove(threshold, count);
    if (count === 0) refuseNothing();
  }

  /**
   * Gathers the tokens with the `size` largest logits, in no order; of equal ones those with lower ids.
   *
   * @param size 1…logits.length.
   * @throws {RangeError} as {@link gatherPossible} does.
   */
  gatherLargest(logits: Float32Array | Float64Array, size: number): void {
    this.#reserve(size);
    const { ids, values } = this;
    // A heap with the lowest on top.
    const sink = (value: number, id: number, at: number): void => {
      for (let child = 2 * at + 1; child < size; child = 2 * at + 1) {
        const other = child + 1;
        if (other < size && ranksBelow(values[other]!, ids[other]!, values[child]!, ids[child]!))
          child = other;
        if (!ranksBelow(values[child]!, ids[child]!, value, id)) break;
        values[at] = values[child]!;
        ids[at] = ids[child]!;
        at = child;
      }
      values[at] = value;
      ids[at] = id;
    };
    let isPossible = false;
    for (let id = 0; id < size; id++) {
      const logit = logits[id]!;
      if (!(logit < Infinity)) refuseLogit(logit, id);
      if (logit > -Infinity) isPossible = true;
      ids[id] = id;
      values[id] = logit;
    }
    if (size < logits.length) {
      for (let at = (size >> 1) - 1; at >= 0; at--) sink(values[at]!, ids[at]!, at);
      for (let id = nextAbove(logits, size, values[0]!); id < logits.length; ) {
        const logit = logits[id]!;
        if (!(logit < Infinity)) refuseLogit(logit, id);
        isPossible = true;
        sink(logit, id, 0);
        id = nextAbove(logits, id + 1, values[0]!);
      }
    }
    if (!isPossible) refuseNothing();
    this.count = size;
  }

  #keepAbove(threshold: number, gathered: number): number {
    let count = 0;
    for (let i = 0; i < gathered; i++) {
      this.ids[count] = this.ids[i]!;
      this.values[count] = this.values[i]!;
      if (this.values[i]! > threshold) count++;
    }
    return count;
  }

  #reserve(capacity: number): void {
    if (this.ids.length >= capacity) return;
    this.ids = new Uint32Array(capacity);
    this.values = new Float64Array(capacity);
    this.words = new Uint32Array(capacity);
  }
}

/**
 * Returns the first id from `id` on whose logit is not at most `threshold`, which NaN is not either; the length without one.
 *
 * By eights: most logits of a truncated distribution are passed over here.
 */
function nextAbove(logits: Float32Array | Float64Array, id: number, threshold: number): number {
  for (; id + 8 <= logits.length; id += 8) {
    const isBelow =
      logits[id]! <= threshold &&
      logits[id + 1]! <= threshold &&
      logits[id + 2]! <= threshold &&
      logits[id + 3]! <= threshold &&
      logits[id + 4]! <= threshold &&
      logits[id + 5]! <= threshold &&
      logits[id + 6]! <= threshold &&
      logits[id + 7]! <= threshold;
    if (!isBelow) break;
  }
  while (id < logits.length && logits[id]! <= threshold) id++;
  return id;
}

// Of equal logits, the one with the higher id.
function ranksBelow(value: number, id: number, otherValue: number, otherId: number): boolean {
  return value < otherValue || (value === otherValue && id > otherId);
}

function refuseLogit(logit: number, id: number): never {
  throw new RangeError(`"logits" expected finite numbers or -Infinity, got ${logit} for token ${id}`);
}

function refuseNothing(): never {
  throw new RangeError('"logits" expected a token that is possible, got none');
}
