/** T[j][s]: what the account-slot tuples of a text score at each code position, under each symbol. */

/** Symbols that an account may carry at a position, 0…15. */
export const SYMBOLS = 16;

/** Sums of integer scores by code position and symbol; rows only for positions that occur. */
export class AccountTable {
  readonly #rows = new Map<number, number>();
  #sums = new Float64Array(SYMBOLS * 16);

  /** Number of code positions that occur. */
  get size(): number {
    return this.#rows.size;
  }

  /**
   * Adds one tuple.
   *
   * @param position its code position.
   * @param scores   Float64Array `[16]`, its integer score under each symbol. Not retained.
   */
  add(position: number, scores: Float64Array): void {
    let row = this.#rows.get(position);
    if (row === undefined) {
      row = this.#rows.size;
      this.#rows.set(position, row);
      if (SYMBOLS * this.#rows.size > this.#sums.length) this.#grow();
    }
    for (let symbol = 0; symbol < SYMBOLS; symbol++) {
      this.#sums[SYMBOLS * row + symbol]! += scores[symbol]!;
    }
  }

  /** Returns the code positions that occur, in ascending order, `[size]`. */
  positions(): Uint32Array {
    return Uint32Array.from(this.#rows.keys()).sort();
  }

  /**
   * Returns the sums at some positions.
   *
   * @param positions `[rows]`, each of which occurs.
   * @returns Float64Array `[rows * 16]`, row-major: exact integers.
   */
  sumsAt(positions: Uint32Array): Float64Array {
    const sums = new Float64Array(SYMBOLS * positions.length);
    for (const [i, position] of positions.entries()) {
      const row = this.#rows.get(position) ?? 0;
      sums.set(this.#sums.subarray(SYMBOLS * row, SYMBOLS * (row + 1)), SYMBOLS * i);
    }
    return sums;
  }

  #grow(): void {
    const larger = new Float64Array(2 * this.#sums.length);
    larger.set(this.#sums);
    this.#sums = larger;
  }
}
