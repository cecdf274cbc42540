/**
 * The contexts that SynthID-Text marked last: it leaves a token alone where its context is among them.
 *
 * As the peers have it, hashes of 64 bits in a ring that starts as zeros.
 */
export class ContextHistory {
  readonly #size: number;
  readonly #ring: bigint[] = [];
  readonly #counts = new Map<bigint, number>();
  #next = 0;

  /** `size`: contexts that are remembered, ≥ 0. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Says whether a context is remembered, and remembers it in place of the oldest. */
  repeats(hash: bigint): boolean {
    const isRepeated = this.#counts.has(hash) || (hash === 0n && this.#ring.length < this.#size);
    if (this.#size === 0) return isRepeated;
    const oldest = this.#ring[this.#next];
    if (oldest !== undefined) {
      const count = this.#counts.get(oldest) ?? 0;
      if (count > 1) this.#counts.set(oldest, count - 1);
      else this.#counts.delete(oldest);
    }
    this.#ring[this.#next] = hash;
    this.#counts.set(hash, (this.#counts.get(hash) ?? 0) + 1);
    this.#next = (this.#next + 1) % this.#size;
    return isRepeated;
  }
}
