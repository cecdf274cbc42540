/**
 * The tournament on logits: what SynthID-Text makes of a distribution, as log-probabilities.
 *
 * Source: `update_scores` and `update_scores_distortionary` of google-deepmind/synthid-text@addb4a1. The peers pass over all
 * candidates once a layer; here layers go by blocks, whose factors depend on a few bits of a word only.
 */

// Three blocks for thirty layers; their tables stay in the cache.
const BLOCK_LAYERS = 10;
const BLOCK_VALUES = 2 ** BLOCK_LAYERS;
const LAST_VALUE = BLOCK_VALUES - 1;
// ln of half the smallest double: below it a double that holds the probability is 0.
const LOG_SMALLEST = -1075 * Math.LN2;

/** Changes logits by tournaments of one depth; holds a number a candidate of the largest step. */
export class TournamentUpdate {
  readonly #depth: number;
  readonly #leaves: number;
  // A word's bits that take part.
  readonly #mask: number;
  readonly #masses = new Float64Array(BLOCK_VALUES);
  readonly #factors = new Float64Array(BLOCK_VALUES);
  // Four blocks have room for 32 layers; those past the depth change nothing.
  readonly #logFactors = new Float64Array(4 * BLOCK_VALUES);
  #probs = new Float64Array(0);

  /**
   * @param depth  layers, 1…32.
   * @param leaves tokens in one match, ≥ 2; two keep the distribution on average.
   */
  constructor(depth: number, leaves: number) {
    this.#depth = depth;
    this.#leaves = leaves;
    this.#mask = (-1 >>> (32 - depth)) | 0;
  }

  /**
   * Replaces logits by the logarithms of the marked probabilities, in place.
   *
   * @param logits Float64Array, at least `[count]`: finite numbers, one or more, and -Infinity. Overwritten.
   * @param words  Uint32Array, at least `[count]`; bit l is the candidate's g-value in layer l.
   * @param floor  what stands for the logarithm of a probability that is 0.
   */
  apply(logits: Float64Array, words: Uint32Array, count: number, floor: number): void {
    if (this.#probs.length < count) this.#probs = new Float64Array(count);
    const probs = this.#probs;
    let largest = -Infinity;
    for (let i = 0; i < count; i++) if (logits[i]! > largest) largest = logits[i]!;
    const mask = this.#mask;
    const masses = this.#masses.fill(0);
    let total = 0;
    for (let i = 0; i < count; i++) {
      const weight = Math.exp(logits[i]! - largest);
      probs[i] = weight;
      masses[words[i]! & mask & LAST_VALUE]! += weight;
      total += weight;
    }
    for (let value = 0; value < BLOCK_VALUES; value++) masses[value]! /= total;
    this.#playBlock(0, 1 / total);
    const factors = this.#factors;
    for (let first = BLOCK_LAYERS; first < this.#depth; first += BLOCK_LAYERS) {
      const before = first - BLOCK_LAYERS;
      masses.fill(0);
      for (let i = 0; i < count; i++) {
        const word = words[i]! & mask;
        const prob = probs[i]! * factors[(word >>> before) & LAST_VALUE]!;
        probs[i] = prob;
        masses[(word >>> first) & LAST_VALUE]! += prob;
      }
      this.#playBlock(first, 1);
    }
    this.#writeLogs(logits, words, count, largest + Math.log(total), floor);
  }

  // Plays a block of layers over the sums of the probabilities by their bits; leaves in #factors what each value's were multiplied
  // with, times `scale`, and the logarithms without it. Values with a bit from the depth on are left out: words are masked.
  #playBlock(first: number, scale: number): void {
    const layers = Math.min(BLOCK_LAYERS, this.#depth - first);
    const masses = this.#masses;
    const factors = this.#factors;
    const logs = this.#logFactors;
    const at = BLOCK_VALUES * (first / BLOCK_LAYERS);
    factors[0] = scale;
    logs[at] = 0;
    for (let layer = 0; layer < layers; layer++) {
      const values = 2 ** (layers - layer);
      let mean = 0;
      for (let value = 1; value < values; value += 2) mean += masses[value]!;
      const { lost, won } = matchFactors(mean, this.#leaves);
      // Later layers do not look at this bit: masses that differ in it alone become one.
      for (let rest = 0; 2 * rest < values; rest++) {
        masses[rest] = masses[2 * rest]! * lost + masses[2 * rest + 1]! * won;
      }
      const logLost = Math.log(lost);
      const logWon = Math.log(won);
      const bit = 2 ** layer;
      for (let value = 0; value < bit; value++) {
        factors[bit + value] = factors[value]! * won;
        factors[value]! *= lost;
        logs[at + bit + value] = logs[at + value]! + logWon;
        logs[at + value]! += logLost;
      }
    }
  }

  #writeLogs(logits: Float64Array, words: Uint32Array, count: number, logTotal: number, floor: number): void {
    const logFactors = this.#logFactors;
    const mask = this.#mask;
    for (let i = 0; i < count; i++) {
      const word = words[i]! & mask;
      const log =
        logits[i]! -
        logTotal +
        logFactors[word & LAST_VALUE]! +
        logFactors[BLOCK_VALUES + ((word >>> BLOCK_LAYERS) & LAST_VALUE)]! +
        logFactors[2 * BLOCK_VALUES + ((word >>> (2 * BLOCK_LAYERS)) & LAST_VALUE)]! +
        logFactors[3 * BLOCK_VALUES + (word >>> (3 * BLOCK_LAYERS))]!;
      // Rounding may leave a mean above 1, and a factor below 0: a logarithm that is NaN is a probability of 0 as well.
      logits[i] = log >= LOG_SMALLEST ? log : floor;
    }
  }
}

// `mean`: probability of a token whose bit is 1. Written as the peers write them, for the same rounding.
function matchFactors(mean: number, leaves: number): { lost: number; won: number } {
  if (leaves === 2) return { lost: 1 - mean, won: 2 - mean };
  const lost = (1 - mean) ** (leaves - 1);
  return { lost, won: mean === 0 ? leaves : (1 - (1 - mean) ** leaves) / mean };
}
