/**
 * Exact upper tail of a sum of independent integer variables, by inverting its transform on a line Re z = σ.
 * Source: Abate and Whitt, "The Fourier-Series Method for Inverting Transforms of Probability Distributions",
 * Queueing Systems 10 (1992), for the trapezoid rule and its aliasing error; Daniels 1954 for the line.
 *
 * For σ > 0 and an integer s,
 *
 *     P(S ≥ s) = (1/2π) ∫ from -π to π of F(θ) dθ,   F(θ) = exp(K(z) - zs) / (1 - exp(-z)),   z = σ + iθ.
 *
 * Expanding 1 / (1 - e^-z) gives F(θ) = Σ over all integers m of P(S ≥ s - m) e^(-σm) e^(-iθm), so the mean of F over
 * the N points θ = 2πj/N keeps the m divisible by N:
 *
 *     (1/N) Σⱼ F(θⱼ) = P(S ≥ s) + Σ over k ≠ 0 of P(S ≥ s - kN) e^(-σkN).
 *
 * The aliases are shifted tails, all positive. With E(τ) = K(τ) - τs, Chernoff's bound P(S ≥ t) ≤ exp(K(τ) - τt) at a
 * τ in [0, σ) bounds those of k > 0 by exp(E(τ)) / (exp((σ - τ)N) - 1), and at a τ > σ those of k < 0 by
 * exp(E(τ)) / (exp((τ - σ)N) - 1); the latter are 0 once s + N > maximum. N is the smallest odd number that makes each
 * at most e^-L exp(E(σ)). Points where |F| is provably below e^-L exp(E(σ)) are left out, so three errors of e^-L
 * stand against the result I exp(E(σ)); L - ln(1/I) ≥ 30 is verified afterwards (e^-30 = 1e-13).
 */
import type { LatticeLaw, TiltedTransform } from './lattice-law.ts';
import { log10OfComplement, log10OfTail } from './log10-tail.ts';
import { type SaddlePoint, saddlePoint } from './saddle-point.ts';

/** The least accepted ln(result / error bound), and what is asked for at first. */
const LN_ACCURACY = 30;
const LN_ACCURACY_AIM = 34;

/** The integral of a true law is never this small; rounding noise alone would be left of it. */
const LN_HOPELESS = 300;

/** A tail above e^-0.5 is obtained from its complement, so that p close to 1 keeps its distance from 1. */
const LN_LARGE = -0.5;

/**
 * Added to the integral, relative to the mean modulus of its points: above their rounding. Where a law has gaps, points may
 * cancel far below it, and the result is then an upper bound.
 */
const NOISE = 2 ** -46;

/** Runs of more points than this are halved in search of parts that do not matter. */
const RUN = 4;

/** A law and the value its sum is compared with. */
export interface LatticeTailInput {
  /** The law of S; for a lattice of span d, that of S / d. */
  readonly law: LatticeLaw;
  /** s, a safe integer; for a lattice of span d, ⌈s / d⌉. */
  readonly threshold: number;
}

/**
 * Computes log10 P(S ≥ s) by the trapezoid rule on a line near the saddle point.
 *
 * The exponent is factored out, so the error does not grow as p falls: at most 1e-12 relative in p from the
 * quadrature, plus the rounding of the law's exponent and phases. At or below the mean the complement is used. A law with
 * gaps between likely values and very rare steps across them may get a larger tail, or none.
 *
 * @param input  {@link LatticeTailInput}. Not retained.
 * @returns log10 of the p-value, ≤ 0; 0 if s ≤ minimum, and -Infinity (p = 0, exactly) if s > maximum.
 * @throws {RangeError} if `threshold` is not a safe integer, or if the points cancel: the law contradicts itself, or see above.
 */
export function latticeTailLog10({ law, threshold }: LatticeTailInput): number {
  if (!Number.isSafeInteger(threshold)) {
    throw new RangeError(`"threshold" expected a safe integer, got ${threshold}`);
  }
  if (threshold <= law.minimum) return 0;
  if (threshold > law.maximum) return -Infinity;
  const far = threshold > law.mean;
  const lnFirst = far ? lnUpperTail(law, threshold) : lnLowerTail(law, threshold);
  if (lnFirst <= LN_LARGE) return far ? log10OfTail(lnFirst) : log10OfComplement(lnFirst);
  return far ? log10OfComplement(lnLowerTail(law, threshold)) : log10OfTail(lnUpperTail(law, threshold));
}

/** ln P(S < s), which is an upper tail of the mirrored law. */
function lnLowerTail(law: LatticeLaw, threshold: number): number {
  return lnUpperTail(law.mirrored(), law.minimum + law.maximum - threshold + 1);
}

/** ln P(S ≥ s) for minimum < s ≤ maximum. */
function lnUpperTail(law: LatticeLaw, threshold: number): number {
  if (threshold === law.maximum) return law.lnMaximumMass;
  const saddle = saddlePoint(law, threshold);
  const { sigma, exponent } = saddle;
  const transform = law.transformAt(sigma, threshold);
  // A normal law would give I = 1 / (σ √(2π K″)) far from the pole; the loop corrects the guess.
  let lnAccuracy = LN_ACCURACY_AIM + Math.log1p(sigma * Math.sqrt(2 * Math.PI * exponent.curvature));
  for (;;) {
    const nodes = nodesNeeded(law, threshold, saddle, lnAccuracy);
    const lnIntegral = Math.log(
      Math.max(meanOverNodes(transform, sigma, nodes, lnAccuracy), Number.MIN_VALUE),
    );
    if (lnAccuracy + lnIntegral >= LN_ACCURACY) return exponent.value + lnIntegral;
    lnAccuracy = Math.min(LN_ACCURACY_AIM - lnIntegral, 2 * lnAccuracy);
    if (!(lnAccuracy < LN_HOPELESS)) {
      throw new RangeError('"law" expected a transform that belongs to its exponent, got an integral of 0');
    }
  }
}

/** The least odd number of points whose aliases stay below e^-L on either side. */
function nodesNeeded(law: LatticeLaw, threshold: number, saddle: SaddlePoint, lnAccuracy: number): number {
  const { sigma, exponent } = saddle;
  const nodesFor = (shift: number): number => {
    const rise = law.exponentAt(sigma + shift, threshold).value - exponent.value;
    return (Math.max(rise, 0) + lnAccuracy) / Math.abs(shift);
  };
  // For a normal law this shift is the best one; a law of rare large steps wants a smaller one.
  const normalShift = Math.sqrt((2 * lnAccuracy) / exponent.curvature);
  const aliasesBelow = leastAlong(nodesFor, -Math.min(sigma, normalShift));
  const aliasesAbove = Math.min(leastAlong(nodesFor, normalShift), law.maximum - threshold + 1);
  return 2 * Math.ceil(Math.max(aliasesBelow, aliasesAbove) / 2) + 1;
}

/** The least value met on shrinking the argument until the value rises; any argument gives a valid bound. */
function leastAlong(nodesFor: (shift: number) => number, shift: number): number {
  let least = nodesFor(shift);
  for (;;) {
    shift /= 1.4;
    const next = nodesFor(shift);
    if (!(next < least)) return least;
    least = next;
  }
}

/** I = (1/N) Σⱼ φ(θⱼ) / (1 - exp(-σ - iθⱼ)), over the points that can matter. */
function meanOverNodes(transform: TiltedTransform, sigma: number, nodes: number, lnAccuracy: number): number {
  const decay = Math.exp(-sigma);
  const gap = -Math.expm1(-sigma);
  // |1 - e^-z| ≥ 1 - e^-σ, so below this level of |φ| a point is below e^-L.
  const level = lnAccuracy - Math.log(gap);
  const step = (2 * Math.PI) / nodes;
  const polar = new Float64Array(2);
  let sum = 1 / gap;
  let moduli = 1 / gap;
  // Conjugate points pair up; the runs still to look at, a stack of first and last node.
  const runs = [1, (nodes - 1) / 2];
  while (runs.length > 0) {
    const last = runs.pop()!;
    const first = runs.pop()!;
    if (transform.isNegligible(first * step, last * step, level)) continue;
    if (last - first >= RUN) {
      const middle = Math.floor((first + last) / 2);
      runs.push(middle + 1, last, first, middle);
      continue;
    }
    for (let node = first; node <= last; node++) {
      transform.rotate(node, nodes, polar);
      const modulus = Math.exp(polar[0]!);
      const half = Math.sin(0.5 * node * step);
      const re = gap + 2 * decay * half * half;
      const im = decay * Math.sin(node * step);
      const square = re * re + im * im;
      sum += (2 * modulus * (re * Math.cos(polar[1]!) + im * Math.sin(polar[1]!))) / square;
      moduli += (2 * modulus) / Math.sqrt(square);
    }
  }
  return (sum + NOISE * moduli) / nodes;
}
