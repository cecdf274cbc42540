/**
 * The last h token ids of a growing sequence.
 *
 * Holds h numbers however long the sequence grows; contexts are never padded.
 */
export class ContextWindow {
  readonly #ids: Uint32Array;
  #seen = 0;

  /** Starts empty; `width` is h ≥ 1. */
  constructor(width: number) {
    this.#ids = new Uint32Array(width);
  }

  /** The context `[h]`, or undefined while fewer than h tokens were pushed. Valid until the next push. */
  get context(): Uint32Array | undefined {
    return this.#seen < this.#ids.length ? undefined : this.#ids;
  }

  /** Adds a token id at the end. */
  push(tokenId: number): void {
    this.#ids.copyWithin(0, 1);
    this.#ids[this.#ids.length - 1] = tokenId;
    this.#seen++;
  }

  /** Starts afresh. */
  clear(): void {
    this.#seen = 0;
  }
}
