/** The range in which weighted counts of bits are exact: every product of the kernel stays a safe integer. */

const MAX_TUPLES = 1e9;
// A word has 32 bits: our tournaments use up to 30 of them, others all.
const MAX_DEPTH = 32;
const MAX_WEIGHT = 1023;

/**
 * Refuses weights or a number of tuples out of range.
 *
 * @param weights  Uint32Array `[depth]`, expected to hold 1 … 32 weights of 0 … 1023.
 * @param n        number of tuples, expected to be an integer in 0 … 1e9.
 * @throws {RangeError} if one of them is out of range.
 */
export function assertWeightedBits(weights: Uint32Array, n: number): void {
  if (weights.length < 1 || weights.length > MAX_DEPTH) {
    throw new RangeError(`"weights" expected 1 … ${MAX_DEPTH} weights, got ${weights.length}`);
  }
  for (const weight of weights) {
    if (weight > MAX_WEIGHT) throw new RangeError(`"weights" expected 0 … ${MAX_WEIGHT}, got ${weight}`);
  }
  if (!Number.isInteger(n) || n < 0 || n > MAX_TUPLES) {
    throw new RangeError(`"n" expected an integer in 0 … 1e9, got ${n}`);
  }
}
