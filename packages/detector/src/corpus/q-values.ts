/**
 * Benjamini–Hochberg adjusted values of any number of tests in bounded memory.
 * Source: Benjamini and Hochberg, "Controlling the False Discovery Rate", J. R. Statist. Soc. B 57 (1995).
 *
 * p-values fall into bins of a grid, and each counts as the largest one in its bin, so adjusted values are never too small. ln p
 * goes in steps of 1e-4 down to −64, and by a factor of 1 + 1e-5 in ln p below: down to p = e^−64 the price is 0.01 % of a
 * p-value at most, and where bins hold one each it is nothing.
 */

const FINE_STEP = 1e-4;
const FINE_LIMIT = 64;
const FINE_BINS: number = FINE_LIMIT / FINE_STEP;
const COARSE_RATIO: number = Math.log1p(1e-5);

/** Collects p-values, then adjusts them. */
export class QValueTable {
  // How many p-values are in a bin, by the bin's number: larger numbers are smaller p-values.
  readonly #counts = new Map<number, number>();
  // The largest of them, rather than the end of the bin, whose own rounding might fall below it.
  readonly #largest = new Map<number, number>();
  #tests = 0;
  #adjusted: ReadonlyMap<number, number> | undefined;

  /** Number of tests. */
  get tests(): number {
    return this.#tests;
  }

  /**
   * Adds a test.
   *
   * @param log10PValue log10 of its p-value, ≤ 0.
   * @throws {RangeError} if it is above 0 or NaN.
   */
  add(log10PValue: number): void {
    const bin = binOf(log10PValue);
    this.#counts.set(bin, (this.#counts.get(bin) ?? 0) + 1);
    this.#largest.set(bin, Math.max(log10PValue, this.#largest.get(bin) ?? -Infinity));
    this.#tests++;
    this.#adjusted = undefined;
  }

  /**
   * Computes log10 of the adjusted value of a test that was added, all tests added so far being the family.
   *
   * @throws {RangeError} if no such p-value was added.
   */
  log10QValue(log10PValue: number): number {
    this.#adjusted ??= this.#adjust();
    const value = this.#adjusted.get(binOf(log10PValue));
    if (value === undefined) throw new RangeError('"log10PValue" expected one that was added, got another');
    return value;
  }

  /** Counts the tests whose adjusted value is at most 10^`log10Level`. */
  rejections(log10Level: number): number {
    this.#adjusted ??= this.#adjust();
    let rejected = 0;
    for (const [bin, value] of this.#adjusted) if (value <= log10Level) rejected += this.#counts.get(bin)!;
    return rejected;
  }

  #adjust(): Map<number, number> {
    const adjusted = new Map<number, number>();
    const bins = [...this.#counts.keys()].sort((a, b) => a - b);
    // From the largest p-value, of rank m, to the smallest.
    let rank = this.#tests;
    let least = 0;
    for (const bin of bins) {
      least = Math.min(least, this.#largest.get(bin)! + Math.log10(this.#tests / rank));
      adjusted.set(bin, least + 0);
      rank -= this.#counts.get(bin)!;
    }
    return adjusted;
  }
}

function binOf(log10PValue: number): number {
  if (!(log10PValue <= 0)) {
    throw new RangeError(`"log10PValue" expected a number <= 0, got ${log10PValue}`);
  }
  if (log10PValue === -Infinity) return Infinity;
  const nats = -log10PValue * Math.LN10;
  if (nats < FINE_LIMIT) return Math.floor(nats / FINE_STEP);
  return FINE_BINS + Math.floor(Math.log(nats / FINE_LIMIT) / COARSE_RATIO);
}
