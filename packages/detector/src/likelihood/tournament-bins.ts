/**
 * The words of tournament sampling in bins of their score.
 * Source: Dathathri et al., "Scalable watermarking for identifying large language model outputs", Nature 634 (2024): the
 * chosen token's bits lean to 1, less so where the model had little choice and in later layers.
 */
import { TOURNAMENT_BIASES } from './next-token-table.ts';
import { priorRows } from './prior-rows.ts';
import type { WordBins } from './word-bins.ts';

const MOST_BINS = 256;

/**
 * Creates the bins of the `tournament` scheme.
 *
 * Marked bits are taken as independent within a class of steps; the measured biases are the bundled model's.
 *
 * @param depth   number of layers m, 1…30.
 * @param scoreOf the scheme's score of a word.
 */
export function createTournamentBins(depth: number, scoreOf: (word: number) => number): WordBins {
  const weights = Array.from({ length: depth }, (_, layer) => scoreOf(2 ** layer));
  const largest = weights.reduce((sum, weight) => sum + weight, 0);
  const width = Math.ceil((largest + 1) / MOST_BINS);
  const bins = Math.floor(largest / width) + 1;
  const binnedLaw = (biases: readonly number[]): Float64Array =>
    inBins(scoreLaw(weights, biases, largest), width, bins);
  return {
    bins,
    binOf: (word) => Math.floor(scoreOf(word) / width),
    // Masses of fair bits are multiples of 2^-depth, so no rounding occurs.
    wordCounts: () => binnedLaw(weights.map(() => 0)).map((mass) => mass * 2 ** 32),
    scores: () => Int32Array.from({ length: bins }, (_, bin) => bin),
    markedLaws() {
      const classes = TOURNAMENT_BIASES.map(binnedLaw);
      return priorRows().map((row) => mixture(classes, row.classes, bins));
    },
  };
}

/** Masses of the score, `[largest + 1]`, when the bit of layer l is 1 with probability (1 + biases[l]) / 2. */
function scoreLaw(weights: readonly number[], biases: readonly number[], largest: number): Float64Array {
  const masses = new Float64Array(largest + 1);
  masses[0] = 1;
  let reached = 0;
  for (const [layer, weight] of weights.entries()) {
    const one = (1 + biases[layer]!) / 2;
    reached += weight;
    for (let score = reached; score >= 0; score--) {
      const before = score >= weight ? masses[score - weight]! : 0;
      masses[score] = masses[score]! * (1 - one) + before * one;
    }
  }
  return masses;
}

function inBins(masses: Float64Array, width: number, bins: number): Float64Array {
  const sums = new Float64Array(bins);
  for (let score = 0; score < masses.length; score++) sums[Math.floor(score / width)]! += masses[score]!;
  return sums;
}

function mixture(laws: readonly Float64Array[], shares: readonly number[], bins: number): Float64Array {
  const mixed = new Float64Array(bins);
  for (const [k, law] of laws.entries()) {
    for (let bin = 0; bin < bins; bin++) mixed[bin]! += (shares[k]! / 100_000) * law[bin]!;
  }
  return mixed;
}
