/**
 * Logarithms of integers in fixed point, to more bits than a double holds.
 *
 * Source: the series ln((1 + z) / (1 − z)) = 2 Σ z^(2k+1) / (2k + 1), NIST DLMF 4.6.4.
 */

const BITS = 96n;
const ONE = 1n << BITS;

/**
 * Returns ⌊2^shift · ln(2^32 / w)⌋ for an integer w in 1…2^32 − 1, exactly.
 *
 * By the theorem of Lindemann the real number is no integer, and 96 bits after the point settle on which side it is
 * for every w: a logarithm closer to an integer than 2^-60 would be an accident of probability 2^-28, excluded by
 * an assertion.
 */
export function floorScaledLog(w: number, shift: number): number {
  const exponent = 31 - Math.clz32(w);
  // f = w / 2^exponent in [1, 2), and z = (f − 1) / (f + 1).
  const power = 1n << BigInt(exponent);
  const lnFraction = lnRatio(BigInt(w) - power, BigInt(w) + power);
  const ln2 = lnRatio(1n, 3n);
  const scaled = (BigInt(32 - exponent) * ln2 - lnFraction) << BigInt(shift);
  const rest = scaled & (ONE - 1n);
  const margin = 1n << (BITS - 60n);
  if (rest < margin || ONE - rest < margin)
    throw new RangeError(`"w" expected a settled logarithm, got ${w}`);
  return Number(scaled >> BITS);
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
