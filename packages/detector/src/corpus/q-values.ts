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

/** A table as numbers that threads can hand each other: one place a bin, in no particular order. */
export interface QValueBins {
  readonly bins: Float64Array;
  /** p-values in each bin. */
  readonly counts: Float64Array;
  /** log10 of the largest of them. */
  readonly largest: Float64Array;
}

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
    this.#addBin(binOf(log10PValue), 1, log10PValue);
  }

  /** Adds all tests of another table: the same as adding them one by one, in any order. */
  merge(other: QValueTable): void {
    for (const [bin, count] of other.#counts) this.#addBin(bin, count, other.#largest.get(bin)!);
  }

  /** Yields all that was added. */
  toBins(): QValueBins {
    return {
      bins: Float64Array.from(this.#counts.keys()),
      counts: Float64Array.from(this.#counts.values()),
      largest: Float64Array.from(this.#counts.keys(), (bin) => this.#largest.get(bin)!),
    };
  }

  /** Makes the table that {@link toBins} was asked of. */
  static fromBins({ bins, counts, largest }: QValueBins): QValueTable {
    const table = new QValueTable();
    for (let i = 0; i < bins.length; i++) table.#addBin(bins[i]!, counts[i]!, largest[i]!);
    return table;
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

  #addBin(bin: number, count: number, largest: number): void {
    this.#counts.set(bin, (this.#counts.get(bin) ?? 0) + count);
    this.#largest.set(bin, Math.max(largest, this.#largest.get(bin) ?? -Infinity));
    this.#tests += count;
    this.#adjusted = undefined;
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
