/**
 * The words of Gumbel sampling in bins. A marked token of probability p has r ~ Beta(1/p, 1), so P(r < x) = x^(1/p).
 * Source: Aaronson, "Watermarking GPT outputs", 2022; Fernandez et al., "Three Bricks", WIFS 2023, for the law of the winner.
 */
import { TWO_32 } from '@countermark/watermark/scheme';
import { priorRows } from './prior-rows.ts';
import type { WordBins } from './word-bins.ts';

// With w = 2^32 − u, each octave of w is cut into equal parts: marked words crowd where w is small.
const PART_BITS = 3;
const PARTS = 2 ** PART_BITS;
const BINS = 32 * PARTS;
// Of a score: finer parts add less than 1 % to its variance, and slow its law down.
const PARTS_PER_NAT = 4;
// Probabilities in the priors: 2^(−k/4).
const GRID = 65;

/** Creates the bins of the `gumbel` scheme. */
export function createGumbelBins(): WordBins {
  return {
    bins: BINS,
    binOf,
    wordCounts: () => Float64Array.from({ length: BINS }, (_, bin) => firstOfBin(bin + 1) - firstOfBin(bin)),
    scores,
    markedLaws,
  };
}

/** The mean of −ln(1 − r) over each bin, in quarters of a nat. */
function scores(): Int32Array {
  return Int32Array.from({ length: BINS }, (_, bin) => {
    const from = (firstOfBin(bin) - 1) / TWO_32;
    const to = (firstOfBin(bin + 1) - 1) / TWO_32;
    if (from === to) return 0; // a bin without words
    return Math.round((PARTS_PER_NAT * (integral(to) - integral(from))) / (to - from));
  });
}

/** ∫ −ln t dt from 0 to x. */
function integral(x: number): number {
  return x === 0 ? 0 : x - x * Math.log(x);
}

/**
 * Computes how likely each bin is for a marked token that the model gave one probability, `[bins]`; sums to 1 up to rounding.
 *
 * @param probability 0 < p ≤ 1.
 */
export function markedLaw(probability: number): Float64Array {
  let above = 1;
  return Float64Array.from({ length: BINS }, (_, bin) => {
    const below = lowestOfBin(bin) ** (1 / probability);
    const mass = above - below;
    above = below;
    return mass;
  });
}

function binOf(word: number): number {
  // The word 0 would have an octave of its own.
  if (word === 0) return BINS - 1;
  const w = (TWO_32 - word) >>> 0;
  const octave = 31 - Math.clz32(w);
  const part = octave >= PART_BITS ? w >>> (octave - PART_BITS) : w << (PART_BITS - octave);
  return PARTS * octave + (part & (PARTS - 1));
}

/** The least w in this bin or behind it. */
function firstOfBin(bin: number): number {
  if (bin === BINS) return TWO_32 + 1;
  return Math.ceil((1 + (bin % PARTS) / PARTS) * 2 ** Math.floor(bin / PARTS));
}

// Words with first ≤ w < end are the reals r in [1 − (end − 1) / 2^32, 1 − (first − 1) / 2^32).
function lowestOfBin(bin: number): number {
  return 1 - (firstOfBin(bin + 1) - 1) / TWO_32;
}

function markedLaws(): Float64Array[] {
  const rows = priorRows();
  const laws = rows.map(() => new Float64Array(BINS));
  const powers = new Float64Array(GRID);
  let above = rows.map(() => 1);
  for (let bin = 0; bin < BINS; bin++) {
    writePowers(lowestOfBin(bin), powers);
    const below = rows.map(({ probabilities }) => distribution(probabilities, powers));
    for (const [i, law] of laws.entries()) law[bin] = above[i]! - below[i]!;
    above = below;
  }
  return laws;
}

/** Writes r^(2^(k/4)) for k = 0 … GRID − 1: four powers, and squares of what is there. */
function writePowers(r: number, powers: Float64Array): void {
  for (let k = 0; k < GRID; k++) powers[k] = k < 4 ? r ** (2 ** (k / 4)) : powers[k - 4]! ** 2;
}

/** P(r below) for a marked token whose probability is 2^(−k/4) with weight k, given the powers of r. */
function distribution(weights: readonly number[], powers: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < GRID; k++) sum += weights[k]! * powers[k]!;
  return sum / 100_000;
}
