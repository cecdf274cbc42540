/**
 * Exact cyclic convolutions of integers with a fixed sequence.
 *
 * z^N − 1 = (z^(N/2) + 1)(z^(N/4) + 1) … (z + 1)(z − 1), and real polynomials modulo z^L + 1 are complex ones modulo z^(L/2) − i (z^(L/2) = i), which
 * become cyclic by z = ω y, ω = exp(iπ/L). So transforms of N/4, N/8, … complex numbers suffice, multiplied in whatever order they leave
 * their values: no permutation and no pairing of conjugates.
 *
 * Source: the transform is that of Gentleman and Sande 1966 forwards and of Cooley and Tukey 1965 backwards, four values at a time; the bound
 * of its rounding is Higham, "Accuracy and Stability of Numerical Algorithms", 2nd edition 2002, theorem 24.2.
 */
import { backwards, type Complexes, convolutionTwiddles, forwards } from './complex-transform.ts';

/**
 * Largest sum of counts. Rounding is below 2^-52 · 600 · ‖counts‖ · ‖fixed‖ (three transforms of 14 levels and 16 halvings, none
 * adding more than 8 · 2^-53 of the norm), which is 0.15 here for bits: whole numbers are rounded to themselves.
 */
const MOST = 2 ** 32;

/** A factor modulo z^L + 1: its transform, or for L = 1 its one coefficient. */
type Factor = Complexes;

/**
 * Prepares the convolution with a sequence of bits.
 *
 * @param fixed `[N]`, N a power of two up to 2^16. Not retained.
 * @returns computes out[k] = Σ over j of counts[j] · fixed[(k − j) mod N], exactly, for counts `[N]`, integers ≥ 0 with a sum of at most 2^32.
 * @throws {RangeError} what it returns, if the counts are too many.
 */
export function bitConvolution(fixed: Uint8Array): (counts: Float64Array) => Float64Array {
  const size = fixed.length;
  const halves: Factor[] = [];
  const last = splitCyclic(Float64Array.from(fixed), (half) => {
    halves.push(transformed(half));
  });
  const ones = fixed.reduce((sum, bit) => sum + bit, 0);

  return (counts) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (counts.length !== size || !(total <= MOST)) {
      throw new RangeError(
        `"counts" expected ${size} of a sum up to 2^32, got ${counts.length} of sum ${total}`,
      );
    }
    const products: Float64Array[] = [];
    let level = 0;
    const whole = splitCyclic(counts, (half) => {
      products.push(product(half, halves[level++]!));
    });
    const out = new Float64Array(size);
    out[0] = whole * last;
    for (let length = 1; length < size; length *= 2) {
      const half = products[--level]!;
      for (let j = 0; j < length; j++) {
        const sum = out[j]!;
        const difference = half[j]!;
        out[j] = (sum + difference) / 2;
        out[j + length] = (sum - difference) / 2;
      }
    }
    let sum = 0;
    for (let j = 0; j < size; j++) {
      const value = Math.floor(out[j]! + 0.5);
      out[j] = value;
      sum += value;
    }
    if (sum !== total * ones) throw new RangeError('"counts" expected integers ≥ 0: the sums do not add up');
    return out;
  };
}

// Takes z^N − 1 apart; passes the remainders modulo z^L + 1 on from the longest, and returns that modulo z − 1.
function splitCyclic(values: Float64Array, pass: (half: Float64Array) => void): number {
  let cyclic = values;
  for (let length = values.length / 2; length >= 1; length /= 2) {
    const next = new Float64Array(length);
    const half = new Float64Array(length);
    for (let j = 0; j < length; j++) {
      next[j] = cyclic[j]! + cyclic[j + length]!;
      half[j] = cyclic[j]! - cyclic[j + length]!;
    }
    pass(half);
    cyclic = next;
  }
  return cyclic[0]!;
}

function transformed(half: Float64Array): Complexes {
  const length = half.length;
  if (length === 1) return { re: half, im: half };
  const count = length / 2;
  const { cosines, sines } = convolutionTwiddles(length);
  const re = new Float64Array(count);
  const im = new Float64Array(count);
  for (let j = 0; j < count; j++) {
    const a = half[j]!;
    const b = half[j + count]!;
    re[j] = a * cosines[j]! - b * sines[j]!;
    im[j] = a * sines[j]! + b * cosines[j]!;
  }
  const values = { re, im };
  forwards(values);
  return values;
}

function product(half: Float64Array, factor: Factor): Float64Array {
  const length = half.length;
  if (length === 1) return Float64Array.of(half[0]! * factor.re[0]!);
  const values = transformed(half);
  const { re, im } = values;
  const count = length / 2;
  for (let j = 0; j < count; j++) {
    const a = re[j]!;
    const b = im[j]!;
    const c = factor.re[j]! / count;
    const d = factor.im[j]! / count;
    re[j] = a * c - b * d;
    im[j] = a * d + b * c;
  }
  backwards(values);
  const { cosines, sines } = convolutionTwiddles(length);
  for (let j = 0; j < count; j++) {
    const a = re[j]!;
    const b = im[j]!;
    half[j] = a * cosines[j]! + b * sines[j]!;
    half[j + count] = b * cosines[j]! - a * sines[j]!;
  }
  return half;
}
