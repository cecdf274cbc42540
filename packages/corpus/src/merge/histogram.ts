/** Documents by p-value. */
export class PValueHistogram {
  readonly #bins = new Array<number>(20).fill(0);
  readonly #decades = new Array<number>(30).fill(0);

  /** Adds a document. */
  add(log10PValue: number): void {
    const bin = Math.min(this.#bins.length - 1, Math.floor(10 ** log10PValue * this.#bins.length));
    this.#bins[bin] = (this.#bins[bin] ?? 0) + 1;
    const decade = Math.min(this.#decades.length - 1, Math.floor(-log10PValue) - 1);
    if (decade >= 0) this.#decades[decade] = (this.#decades[decade] ?? 0) + 1;
  }

  /** Adds all documents of another. */
  merge(other: PValueHistogram): void {
    this.addCounts(other.toJSON());
  }

  /** Adds what {@link toJSON} yielded of another. */
  addCounts({
    bins,
    decades,
  }: {
    readonly bins: readonly number[];
    readonly decades: readonly number[];
  }): void {
    for (const [i, count] of bins.entries()) this.#bins[i] = (this.#bins[i] ?? 0) + count;
    for (const [i, count] of decades.entries()) this.#decades[i] = (this.#decades[i] ?? 0) + count;
  }

  /** Equal bins of [0, 1], and decades: number i holds 10^-(i + 2) < p ≤ 10^-(i + 1), the last all below. */
  toJSON(): { bins: number[]; decades: number[] } {
    return { bins: [...this.#bins], decades: [...this.#decades] };
  }
}
