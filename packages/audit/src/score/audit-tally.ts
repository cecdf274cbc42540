import { averageEValues } from '@countermark/detector/evidence';
import { drawnScoresMargin, errUpwards, latticeTailLog10 } from '@countermark/detector/stats';
import type { SchemeParams } from '@countermark/watermark/scheme';
import { eFactors } from './e-factors.ts';
import { SoftScores } from './soft-scores.ts';
import { levelOf, WEIGHT_LEVELS, WEIGHT_PARTS } from './weight-levels.ts';

/** Counts that tallies exchange: `[place in WEIGHT_LEVELS, bin, count]`, rising. */
export type TallyCounts = readonly (readonly [level: number, bin: number, count: number])[];

/** A weighted sum for reading: no decision rests on the z-score. */
export interface AuditStatistic {
  readonly sum: number;
  readonly nullMean: number;
  readonly zScore: number;
}

/**
 * Counts weighted words by the level of their weight and the bin of their word. Everything else follows from the counts, so that tallies of the
 * parts of an audit add up, whatever their order.
 */
export class AuditTally {
  readonly soft: SoftScores;
  readonly #counts: Float64Array;

  /** Starts without words. */
  constructor(scheme: SchemeParams) {
    this.soft = new SoftScores(scheme);
    this.#counts = new Float64Array(WEIGHT_LEVELS.length * this.soft.bins.bins);
  }

  /**
   * Counts one word.
   *
   * @param weight −1 … 1, chosen without the word; what is too small counts nothing.
   * @param word   of a (context, token) that was not counted before.
   * @returns whether it counts.
   * @throws {RangeError} if the weight is out of range.
   */
  add(weight: number, word: number): boolean {
    const level = levelOf(weight);
    if (level < 0) return false;
    this.#counts[level * this.soft.bins.bins + this.soft.bins.binOf(word)]!++;
    return true;
  }

  /** Adds the words of another tally of the same scheme. */
  merge(counts: TallyCounts): void {
    for (const [level, bin, count] of counts) {
      const isPlace =
        level in WEIGHT_LEVELS && Number.isInteger(bin) && bin >= 0 && bin < this.soft.bins.bins;
      if (!isPlace || !Number.isSafeInteger(count) || count < 0) {
        throw new RangeError(
          `"counts" expected a level, a bin and a count, got ${JSON.stringify([level, bin, count])}`,
        );
      }
    }
    for (const [level, bin, count] of counts) this.#counts[level * this.soft.bins.bins + bin]! += count;
  }

  /** Lists what was counted. */
  counts(): TallyCounts {
    const { bins } = this.soft.bins;
    const found: [number, number, number][] = [];
    for (const [at, count] of this.#counts.entries()) {
      if (count > 0) found.push([Math.floor(at / bins), at % bins, count]);
    }
    return found;
  }

  /** Number of words on each level, `[levels]`. */
  perLevel(): Float64Array {
    const sums = new Float64Array(WEIGHT_LEVELS.length);
    for (const [level, , count] of this.counts()) sums[level]! += count;
    return sums;
  }

  /** The weighted sum of scores, an integer. */
  sum(): number {
    return this.counts().reduce(
      (sum, [level, bin, count]) => sum + count * WEIGHT_LEVELS[level]! * this.soft.scores[bin]!,
      0,
    );
  }

  /** The weighted sum in {@link WEIGHT_PARTS}ths of scores, with its mean and its distance from it in deviations, both without a mark. */
  statistic(): AuditStatistic {
    const { mean, deviation } = this.soft;
    let weights = 0;
    let squares = 0;
    for (const [place, count] of this.perLevel().entries()) {
      weights += count * WEIGHT_LEVELS[place]!;
      squares += count * WEIGHT_LEVELS[place]! ** 2;
    }
    const sum = this.sum();
    const nullMean = weights * mean;
    return { sum, nullMean, zScore: squares === 0 ? 0 : (sum - nullMean) / (deviation * Math.sqrt(squares)) };
  }

  /** The least and the largest weighted sum of as many weights. */
  range(): { readonly minimum: number; readonly maximum: number } {
    const perLevel = this.perLevel();
    const parts = commonParts(perLevel);
    const { minimum, maximum } = this.soft.law(perLevel, parts);
    return { minimum: minimum * parts, maximum: maximum * parts };
  }

  /**
   * Computes log10 P(weighted sum ≥ this one) where the weights do not depend on the words: exact, with a margin for rounding, never too small; 0 before
   * any word.
   */
  log10PValue(): number {
    return this.tailLog10(this.sum());
  }

  /**
   * Computes log10 P(weighted sum ≥ `sum`) for as many weights of each level as were counted.
   *
   * @param tilt see {@link SoftScores.law}; above 0, the result has no margin for rounding.
   */
  tailLog10(sum: number, tilt = 0): number {
    const perLevel = this.perLevel();
    const words = perLevel.reduce((all, count) => all + count, 0);
    if (words === 0) return 0;
    const parts = commonParts(perLevel);
    const law = this.soft.law(perLevel, parts, tilt);
    const tail = latticeTailLog10({ law, threshold: Math.ceil(sum / parts) });
    return tilt === 0 ? errUpwards(tail, drawnScoresMargin(words)) : tail;
  }

  /** Computes log10 of the e-value: evidence that may be looked at at any time; 0 before any word. */
  log10EValue(): number {
    return countsEValueLog10(this.soft, this.counts());
  }
}

/** Computes log10 of the e-value of what was counted: the mean of the components' products. */
export function countsEValueLog10(soft: SoftScores, counts: TallyCounts): number {
  const { components, values } = eFactors(soft);
  const { bins } = soft.bins;
  const sums = new Float64Array(components);
  for (const [level, bin, count] of counts) {
    const row = (level * bins + bin) * components;
    for (let c = 0; c < components; c++) sums[c]! += count * values[row + c]!;
  }
  return averageEValues(Array.from(sums, (sum) => sum * Math.LOG10E));
}

/** The largest number of parts that divides every level with a word: a lattice that is finer than the sum's would have gaps. */
function commonParts(perLevel: Float64Array): number {
  let common = 0;
  for (const [place, count] of perLevel.entries()) {
    let [a, b] = [common, count > 0 ? Math.abs(WEIGHT_LEVELS[place]!) : 0];
    while (b > 0) [a, b] = [b, a % b];
    common = a;
  }
  return common || WEIGHT_PARTS;
}
