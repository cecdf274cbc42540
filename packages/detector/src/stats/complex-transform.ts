/** Discrete Fourier transforms of powers of two of complex numbers, in an order of their own that only the way back knows. */

/** Complex numbers by parts, Float64Arrays `[n]`. */
export interface Complexes {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** cos and sin of πj/L for j < L/2. */
interface Twiddles {
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
}

/** exp(−iπ p j / (2q)) for p = 1, 2, 3 and j < q: six Float64Arrays one after another. */
const quarters = new Map<number, Float64Array>();
const twiddles = new Map<number, Twiddles>();

/** Returns cos and sin of πj/L, `[L / 2]`; kept. */
export function convolutionTwiddles(length: number): Twiddles {
  let found = twiddles.get(length);
  if (found === undefined) {
    found = {
      cosines: Float64Array.from({ length: length / 2 }, (_, j) => Math.cos((Math.PI * j) / length)),
      sines: Float64Array.from({ length: length / 2 }, (_, j) => Math.sin((Math.PI * j) / length)),
    };
    twiddles.set(length, found);
  }
  return found;
}

function quarterTwiddles(q: number): Float64Array {
  let found = quarters.get(q);
  if (found === undefined) {
    found = new Float64Array(6 * q);
    for (let j = 0; j < q; j++) {
      for (let power = 1; power <= 3; power++) {
        const angle = (Math.PI * power * j) / (2 * q);
        found[6 * j + 2 * power - 2] = Math.cos(angle);
        found[6 * j + 2 * power - 1] = -Math.sin(angle);
      }
    }
    quarters.set(q, found);
  }
  return found;
}

/** Transforms `[n]`, n a power of two, in place. */
export function forwards({ re, im }: Complexes): void {
  const size = re.length;
  let length = size;
  for (; length >= 4; length /= 4) {
    const q = length / 4;
    const table = quarterTwiddles(q);
    for (let start = 0; start < size; start += length) {
      for (let j = 0, at = 0; j < q; j++, at += 6) {
        const i0 = start + j;
        const i1 = i0 + q;
        const i2 = i1 + q;
        const i3 = i2 + q;
        const sumRe = re[i0]! + re[i2]!;
        const sumIm = im[i0]! + im[i2]!;
        const apartRe = re[i0]! - re[i2]!;
        const apartIm = im[i0]! - im[i2]!;
        const otherRe = re[i1]! + re[i3]!;
        const otherIm = im[i1]! + im[i3]!;
        const turnedRe = im[i1]! - im[i3]!;
        const turnedIm = re[i3]! - re[i1]!;
        re[i0] = sumRe + otherRe;
        im[i0] = sumIm + otherIm;
        const aRe = apartRe + turnedRe;
        const aIm = apartIm + turnedIm;
        const bRe = sumRe - otherRe;
        const bIm = sumIm - otherIm;
        const cRe = apartRe - turnedRe;
        const cIm = apartIm - turnedIm;
        re[i1] = bRe * table[at + 2]! - bIm * table[at + 3]!;
        im[i1] = bRe * table[at + 3]! + bIm * table[at + 2]!;
        re[i2] = aRe * table[at]! - aIm * table[at + 1]!;
        im[i2] = aRe * table[at + 1]! + aIm * table[at]!;
        re[i3] = cRe * table[at + 4]! - cIm * table[at + 5]!;
        im[i3] = cRe * table[at + 5]! + cIm * table[at + 4]!;
      }
    }
  }
  if (length === 2) pairs(re, im);
}

/** Takes {@link forwards} back in place, n times too large. */
export function backwards({ re, im }: Complexes): void {
  const size = re.length;
  const isOdd = Math.log2(size) % 2 === 1;
  if (isOdd) pairs(re, im);
  for (let q = isOdd ? 2 : 1; q < size; q *= 4) {
    const table = quarterTwiddles(q);
    for (let start = 0; start < size; start += 4 * q) {
      for (let j = 0, at = 0; j < q; j++, at += 6) {
        const i0 = start + j;
        const i1 = i0 + q;
        const i2 = i1 + q;
        const i3 = i2 + q;
        const bRe = re[i1]! * table[at + 2]! + im[i1]! * table[at + 3]!;
        const bIm = im[i1]! * table[at + 2]! - re[i1]! * table[at + 3]!;
        const aRe = re[i2]! * table[at]! + im[i2]! * table[at + 1]!;
        const aIm = im[i2]! * table[at]! - re[i2]! * table[at + 1]!;
        const cRe = re[i3]! * table[at + 4]! + im[i3]! * table[at + 5]!;
        const cIm = im[i3]! * table[at + 4]! - re[i3]! * table[at + 5]!;
        const sumRe = re[i0]! + bRe;
        const sumIm = im[i0]! + bIm;
        const otherRe = re[i0]! - bRe;
        const otherIm = im[i0]! - bIm;
        const apartRe = aRe + cRe;
        const apartIm = aIm + cIm;
        const turnedRe = cIm - aIm;
        const turnedIm = aRe - cRe;
        re[i0] = sumRe + apartRe;
        im[i0] = sumIm + apartIm;
        re[i1] = otherRe + turnedRe;
        im[i1] = otherIm + turnedIm;
        re[i2] = sumRe - apartRe;
        im[i2] = sumIm - apartIm;
        re[i3] = otherRe - turnedRe;
        im[i3] = otherIm - turnedIm;
      }
    }
  }
}

function pairs(re: Float64Array, im: Float64Array): void {
  for (let i = 0; i < re.length; i += 2) {
    const a = re[i]!;
    const b = im[i]!;
    re[i] = a + re[i + 1]!;
    im[i] = b + im[i + 1]!;
    re[i + 1] = a - re[i + 1]!;
    im[i + 1] = b - im[i + 1]!;
  }
}
