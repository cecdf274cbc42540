import { LEAST_LOGIT } from './logit-order.ts';
import { BLOCK_SIZE, type LogitsEngine, type Rank } from './logits-engine.ts';
import { checkUniform } from './sampling-options.ts';
import type { WeightScale } from './weight.ts';

/** The place behind which nothing ranks. */
export const END: Rank = { value: LEAST_LOGIT, id: 2 ** 31 - 1 };

/** The place before everything. */
export const START: Rank = { value: Number.POSITIVE_INFINITY, id: -1 };

/**
 * A stretch of the ranking from which single tokens are drawn, by inverting the cumulative weights: first those of
 * whole blocks, then those of the tokens in one block.
 */
export class Tail {
  readonly #engine: LogitsEngine;
  #scale: WeightScale = { maximum: 0, factor: 1, floor: 0 };
  #after: Rank = START;
  #upTo: Rank = END;
  #weight = 0;

  constructor(engine: LogitsEngine) {
    this.#engine = engine;
  }

  /** Sum of the weights of its tokens. */
  get weight(): number {
    return this.#weight;
  }

  /** Sets the stretch: the tokens that rank after one place, up to and including another. The block sums hold them. */
  set(scale: WeightScale, after: Rank, upTo: Rank): void {
    this.#scale = scale;
    this.#after = after;
    this.#upTo = upTo;
    this.#weight = 0;
    for (const sum of this.#engine.blockSums) this.#weight += sum;
  }

  /**
   * Draws a token with a probability in proportion to its weight.
   *
   * @throws {RangeError} if `uniform` is outside [0, 1), or the weight is 0.
   */
  draw(uniform: number): number {
    checkUniform(uniform);
    if (this.#weight === 0) throw new RangeError('"tailMass" expected > 0 to draw from the tail, got 0');
    const { blockSums } = this.#engine;
    let left = uniform * this.#weight;
    let block = -1;
    for (let i = 0; i < blockSums.length; i++) {
      const sum = blockSums[i]!;
      if (sum === 0) continue;
      block = i;
      if (left < sum) break;
      left -= sum;
    }
    // Rounding may leave `left` just over the last sum.
    return this.#drawInBlock(block, Math.min(left / blockSums[block]!, 1));
  }

  #drawInBlock(block: number, uniform: number): number {
    const { logits, blockWeights } = this.#engine;
    this.#engine.weighBlock(this.#scale, block);
    const first = block * BLOCK_SIZE;
    let total = 0;
    for (let i = 0; i < BLOCK_SIZE; i++) {
      if (!this.#holds(logits[first + i]!, first + i)) blockWeights[i] = 0;
      total += blockWeights[i]!;
    }
    let left = uniform * total;
    let last = -1;
    for (let i = 0; i < BLOCK_SIZE; i++) {
      const weight = blockWeights[i]!;
      if (weight === 0) continue;
      last = i;
      if (left < weight) break;
      left -= weight;
    }
    return first + last;
  }

  #holds(logit: number, id: number): boolean {
    const after = this.#after;
    const upTo = this.#upTo;
    return (
      (logit < after.value || (logit === after.value && id > after.id)) &&
      (logit > upTo.value || (logit === upTo.value && id <= upTo.id))
    );
  }
}
