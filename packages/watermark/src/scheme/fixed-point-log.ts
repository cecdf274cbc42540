/**
 * Logarithms of integers in fixed point, to more bits than a double holds.
 *
 * Source: the series ln((1 + z) / (1 − z)) = 2 Σ z^(2k+1) / (2k + 1), NIST DLMF 4.6.4.
 */

const BITS = 96n;

/**
 * Returns ⌊2^shift · ln(2^32 / w)⌋ for an integer w in 1…2^32 − 1.
 *
 * The error before rounding down is below 2^(shift − 83). At shift 20 that makes the result exact: no w has a value nearer
 * to an integer than 1.3e-11 (2^-37), as looking at all of them shows (test/vectors/gen/nearest_words.c).
 */
export function floorScaledLog(w: number, shift: number): number {
  const exponent = 31 - Math.clz32(w);
  // f = w / 2^exponent in [1, 2), and z = (f − 1) / (f + 1).
  const power = 1n << BigInt(exponent);
  const lnFraction = lnRatio(BigInt(w) - power, BigInt(w) + power);
  const ln2 = lnRatio(1n, 3n);
  return Number(((BigInt(32 - exponent) * ln2 - lnFraction) << BigInt(shift)) >> BITS);
}

// 2 atanh(numerator / denominator) in fixed point, for a ratio of at most 1/3.
function lnRatio(numerator: bigint, denominator: bigint): bigint {
  const z = (numerator << BITS) / denominator;
  const square = (z * z) >> BITS;
  let power = z;
  let sum = 0n;
  for (let k = 1n; power > 0n; k += 2n) {
    sum += power / k;
    power = (power * square) >> BITS;
  }
  return 2n * sum;
}
