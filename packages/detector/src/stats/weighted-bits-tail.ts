/**
 * Exact upper tail of a weighted count of bits: the null law of a tournament score.
 */
import { assertWeightedBits } from './assert-weighted-bits.ts';
import { assertBitShare, type BitShare, biasedBitsLaw } from './biased-bits-law.ts';
import type { LatticeLaw } from './lattice-law.ts';
import { latticeTailLog10 } from './lattice-tail.ts';
import { log10OfComplement, log10OfTail } from './log10-tail.ts';
import { convolutionCost, lnConvolvedTail } from './weighted-bits-convolution.ts';
import { bitsLaw, gatherBits, type WeightedBit } from './weighted-bits-law.ts';

/** Up to here the convolution is the quicker path: one or two milliseconds of multiplications. */
const MAX_CONVOLUTION_COST = 2_000_000;

/** A tail above e^-0.5 is obtained from its complement, so that p close to 1 keeps its distance from 1. */
const LN_LARGE = -0.5;

const FAIR: BitShare = { ones: 1, of: 2 };

/**
 * Computes log10 P(Σ over n tuples of Σ_l w_l B_l ≥ sum), B_l independent bits.
 *
 * The weights are divided by their greatest common divisor. Close to the maximum or the minimum, and for few tuples,
 * tilted masses are convolved; elsewhere the transform is inverted. Both are exact up to rounding, at most
 * 1e-10 · |result|; results above -2.3e-308, the smallest normal double, may round to 0.
 *
 * @param weights  Uint32Array `[depth]`, 1 … 32 weights of 0 … 1023; zeros carry no evidence. Not retained.
 * @param n        number of tuples, integer in 0 … 1e9.
 * @param sum      observed weighted count, safe integer.
 * @param share    probability of a bit, ones / of, from 1/1024 to 1023/1024 with `of` up to 2^20; fair by default.
 * @returns log10 of the p-value, ≤ 0; 0 if sum ≤ 0, and -Infinity (p = 0, exactly) if sum > n Σ w.
 * @throws {RangeError} if an argument is out of range.
 */
export function weightedBitsTailLog10(
  weights: Uint32Array,
  n: number,
  sum: number,
  share: BitShare = FAIR,
): number {
  assertWeightedBits(weights, n);
  assertBitShare(share);
  if (!Number.isSafeInteger(sum)) throw new RangeError(`"sum" expected a safe integer, got ${sum}`);
  if (sum <= 0) return 0;
  const span = weights.reduce(greatestCommonDivisor, 0);
  if (span === 0) return -Infinity;
  const bits = gatherBits(
    weights.map((weight) => weight / span),
    n,
  );
  const threshold = Math.ceil(sum / span);
  return 2 * share.ones === share.of
    ? fairTailLog10(bits, threshold)
    : biasedTailLog10(bits, threshold, share);
}

function fairTailLog10(bits: readonly WeightedBit[], threshold: number): number {
  const law = bitsLaw(bits);
  if (threshold > law.maximum) return -Infinity;
  if (threshold === law.maximum) return log10OfTail(law.lnMaximumMass);
  if (threshold === 1) return log10OfComplement(law.lnMaximumMass);
  // S and maximum - S have one law, so the complement P(S < s) is the tail at maximum - s + 1.
  const upper = 2 * threshold > law.maximum;
  const deficit = upper ? law.maximum - threshold : threshold - 1;
  if (convolutionCost(bits, deficit) > MAX_CONVOLUTION_COST) return latticeTailLog10({ law, threshold });
  const lnTail = lnConvolvedTail(bits, deficit);
  return upper ? log10OfTail(lnTail) : log10OfComplement(lnTail);
}

function biasedTailLog10(bits: readonly WeightedBit[], threshold: number, share: BitShare): number {
  const law = biasedBitsLaw(bits, share);
  if (threshold > law.maximum) return -Infinity;
  const { ones, of } = share;
  const far = threshold > law.mean;
  const lnUpper = (): number | undefined => lnSide(bits, law, law.maximum - threshold, (of - ones) / ones);
  const lnLower = (): number | undefined => lnSide(bits, law.mirrored(), threshold - 1, ones / (of - ones));
  const lnFirst = far ? lnUpper() : lnLower();
  if (lnFirst === undefined) return latticeTailLog10({ law, threshold });
  if (lnFirst <= LN_LARGE) return far ? log10OfTail(lnFirst) : log10OfComplement(lnFirst);
  const lnOther = far ? lnLower() : lnUpper();
  if (lnOther === undefined) return latticeTailLog10({ law, threshold });
  return far ? log10OfComplement(lnOther) : log10OfTail(lnOther);
}

/** ln P(maximum - S ≤ deficit) where that is a product or a convolution of moderate size. */
function lnSide(
  bits: readonly WeightedBit[],
  law: LatticeLaw,
  deficit: number,
  odds: number,
): number | undefined {
  if (deficit === 0) return law.lnMaximumMass;
  if (convolutionCost(bits, deficit) > MAX_CONVOLUTION_COST) return undefined;
  return lnConvolvedTail(bits, deficit, law, odds);
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b > 0) [a, b] = [b, a % b];
  return a;
}
