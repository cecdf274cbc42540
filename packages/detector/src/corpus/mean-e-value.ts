/** The mean of any number of e-values in constant memory: an e-value however they depend on each other. */

/** Sums e-values in the log domain. The result depends on the order in its last bits alone. */
export class MeanEValue {
  #largest = -Infinity;
  #sum = 0;
  #count = 0;

  /** Number of e-values. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds one.
   *
   * @param log10EValue its log10; -Infinity stands for 0.
   * @throws {RangeError} if it is NaN or +Infinity.
   */
  add(log10EValue: number): void {
    if (!(log10EValue < Infinity)) {
      throw new RangeError(`"log10EValue" expected a finite value or -Infinity, got ${log10EValue}`);
    }
    this.#count++;
    this.#addSum(log10EValue, 1);
  }

  /** Makes the mean of `count` e-values whose sum has the given log10; -Infinity for 0. */
  static of(count: number, log10Sum: number): MeanEValue {
    const mean = new MeanEValue();
    mean.#count = count;
    mean.#addSum(log10Sum, 1);
    return mean;
  }

  /** Adds all of another mean. */
  merge(other: MeanEValue): void {
    this.#count += other.#count;
    this.#addSum(other.#largest, other.#sum);
  }

  /** Computes log10 of their sum; -Infinity for none. */
  log10Sum(): number {
    return this.#sum === 0 ? -Infinity : this.#largest + Math.log10(this.#sum);
  }

  /** Computes log10 of their mean; 0 for none. */
  log10Mean(): number {
    return this.#count === 0 ? 0 : this.log10Sum() - Math.log10(this.#count) + 0;
  }

  // Adds sum · 10^log10.
  #addSum(log10: number, sum: number): void {
    if (log10 === -Infinity || sum === 0) return;
    if (log10 > this.#largest) {
      this.#sum = this.#sum * 10 ** (this.#largest - log10) + sum;
      this.#largest = log10;
    } else {
      this.#sum += sum * 10 ** (log10 - this.#largest);
    }
  }
}
