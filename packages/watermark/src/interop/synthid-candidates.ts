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

  /** Gathers, ascending by id, the tokens whose probability is not 0 in a double. */
  gatherPossible(logits: Float32Array | Float64Array): void {
    const threshold = largestLogit(logits) + LOG_ZERO;
    this.#reserve(logits.length);
    let count = 0;
    for (let id = 0; id < logits.length; id++) {
      const logit = logits[id]!;
      this.ids[count] = id;
      this.values[count] = logit;
      if (logit > threshold) count++;
    }
    this.count = count;
  }

  /**
   * Gathers the tokens with the `size` largest logits, in no order; of equal ones those with lower ids.
   *
   * @param size 1…logits.length.
   */
  gatherLargest(logits: Float32Array | Float64Array, size: number): void {
    largestLogit(logits);
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
    for (let id = 0; id < size; id++) {
      ids[id] = id;
      values[id] = logits[id]!;
    }
    for (let at = (size >> 1) - 1; at >= 0; at--) sink(values[at]!, ids[at]!, at);
    let smallest = values[0]!;
    for (let id = size; id < logits.length; id++) {
      if (logits[id]! > smallest) {
        sink(logits[id]!, id, 0);
        smallest = values[0]!;
      }
    }
    this.count = size;
  }

  #reserve(capacity: number): void {
    if (this.ids.length >= capacity) return;
    this.ids = new Uint32Array(capacity);
    this.values = new Float64Array(capacity);
    this.words = new Uint32Array(capacity);
  }
}

// Of equal logits, the one with the higher id.
function ranksBelow(value: number, id: number, otherValue: number, otherId: number): boolean {
  return value < otherValue || (value === otherValue && id > otherId);
}

/**
 * Returns the largest logit.
 *
 * @throws {RangeError} if one is NaN or Infinity, or none is finite.
 */
function largestLogit(logits: Float32Array | Float64Array): number {
  let largest = -Infinity;
  let id = 0;
  for (; id < logits.length; id++) {
    const logit = logits[id]!;
    if (!(logit <= largest)) {
      if (!(logit < Infinity)) break;
      largest = logit;
    }
  }
  if (id < logits.length) {
    throw new RangeError(`"logits" expected finite numbers or -Infinity, got ${logits[id]} for token ${id}`);
  }
  if (largest === -Infinity) throw new RangeError('"logits" expected a token that is possible, got none');
  return largest;
}
