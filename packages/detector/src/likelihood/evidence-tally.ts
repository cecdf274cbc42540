import { type LogEFactors, logEFactors } from './log-e-factors.ts';
import type { WordBins } from './word-bins.ts';

// They depend on the bins alone.
const factorsOf = new WeakMap<WordBins, LogEFactors>();

function sharedFactors(bins: WordBins): LogEFactors {
  const known = factorsOf.get(bins) ?? logEFactors(bins);
  factorsOf.set(bins, known);
  return known;
}

/**
 * Counts words by their bins, and turns the counts into an e-value.
 *
 * The e-value is the mean over priors and shares ε of Π (1 + ε (ρ − 1)), one factor a word: a test martingale where the
 * words are those of different tuples. It depends on the counts alone, so on no order and no cut into batches.
 * Source: Ville, "Étude critique de la notion de collectif", 1939; Shafer, Shen, Vereshchagin, Vovk, "Test Martingales, Bayes
 * Factors and p-Values", Statist. Sci. 26 (2011).
 */
export class EvidenceTally {
  readonly #bins: WordBins;
  readonly #counts: Float64Array;
  // Computed when first asked for: a tally may only count.
  #factors: LogEFactors | undefined;

  /** Starts with no words. */
  constructor(bins: WordBins) {
    this.#bins = bins;
    this.#counts = new Float64Array(bins.bins);
  }

  /** Forgets all words. */
  reset(): void {
    this.#counts.fill(0);
  }

  /**
   * Counts the first `count` words.
   *
   * @param words Uint32Array, at least `[count]`: words of different tuples. Not retained.
   */
  add(words: Uint32Array, count: number): void {
    const counts = this.#counts;
    const bins = this.#bins;
    for (let i = 0; i < count; i++) counts[bins.binOf(words[i]!)]!++;
  }

  /** Computes log10 of the e-value; 0 before any word. */
  log10EValue(): number {
    this.#factors ??= sharedFactors(this.#bins);
    const { components, values } = this.#factors;
    const sums = new Float64Array(components);
    for (let bin = 0; bin < this.#counts.length; bin++) {
      const count = this.#counts[bin]!;
      if (count === 0) continue;
      for (let c = 0; c < components; c++) sums[c]! += count * values[bin * components + c]!;
    }
    const largest = sums.reduce((a, b) => Math.max(a, b), -Infinity);
    const mean = sums.reduce((sum, value) => sum + Math.exp(value - largest), 0) / components;
    return (largest + Math.log(mean)) * Math.LOG10E + 0;
  }
}
