/** By what a weighted word multiplies each component of an e-value: docs/statistics.md, section 19.4. */
import { logEFactor, type WordBins } from '@countermark/detector/evidence';
import type { SoftScores } from './soft-scores.ts';
import { WEIGHT_LEVELS, WEIGHT_PARTS } from './weight-levels.ts';

/** Shares of a mark that a model may have learnt: 1, ½, … 1/4096. A student carries about a hundredth of what a marked text does. */
const SHARES: readonly number[] = Array.from({ length: 13 }, (_, j) => 2 ** -j);

/** Logarithms of the factors. */
export interface EFactors {
  /** Number of components. */
  readonly components: number;
  /** Float64Array `[levels * bins * components]`, row-major, nats. */
  readonly values: Float64Array;
}

// They depend on the bins alone, which a scheme's tallies share.
const known = new WeakMap<WordBins, EFactors>();

/** Returns the factors of every level and bin: some 300,000 logarithms the first time. */
export function eFactors(soft: SoftScores): EFactors {
  const found = known.get(soft.bins) ?? computed(soft);
  known.set(soft.bins, found);
  return found;
}

function computed(soft: SoftScores): EFactors {
  const { bins, masses } = soft;
  const up = [
    ratio(
      masses,
      Float64Array.from(soft.scores, (score, bin) => (score * masses[bin]!) / soft.mean),
    ),
    ...bins.markedLaws().map((law) => ratio(masses, law)),
  ];
  const down = away(soft);
  const components = up.length * SHARES.length;
  const values = new Float64Array(WEIGHT_LEVELS.length * bins.bins * components);
  let at = 0;
  for (const level of WEIGHT_LEVELS) {
    const weight = Math.abs(level) / WEIGHT_PARTS;
    for (let bin = 0; bin < bins.bins; bin++) {
      for (const towards of up) {
        const ratioOfBin = (level < 0 ? down : towards)[bin]!;
        for (const share of SHARES) values[at++] = logEFactor(share * weight, ratioOfBin);
      }
    }
  }
  return { components, values };
}

function ratio(masses: Float64Array, law: Float64Array): Float64Array {
  return law.map((mass, bin) => (masses[bin] === 0 ? 1 : mass / masses[bin]!));
}

/** Twice the share of words that score more, half of a bin's own counted: its mean over all words is 1, for any order of bins. */
function away({ masses, scores }: SoftScores): Float64Array {
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
  const ratios = new Float64Array(masses.length);
  let above = 0;
  for (const bin of order) {
    ratios[bin] = 2 * (above + masses[bin]! / 2);
    above += masses[bin]!;
  }
  return ratios;
}
