/**
 * The law of a weighted count of bits that are not fair: the null law of a tournament on a table of known share of ones.
 *
 * For one bit of weight w and probability p, with q = 1 - p and y = wσ, the transform is taken in the form whose terms are
 * small: about its mean, E[exp(z w (B - p))], for a small y; beyond, about 1 or 0, whichever the tilted bit prefers. The
 * linear terms of all weights meet the threshold in exact integers, as a whole part and a rest over the denominator of p.
 */
import type { LatticeLaw, TiltedExponent, TiltedTransform } from './lattice-law.ts';
import { isNegligible, productModulo, type WeightedBit } from './weighted-bits-law.ts';

/** Up to here a bit is taken about its mean, in units of wσ. */
const LARGE_TILT = 1;

/** The largest denominator: its product with a number of nodes is an exact double. */
const MAX_OF: number = 2 ** 20;

/** A bit rarer than 1 in this many, or as nearly certain, is refused. */
const MOST_ODDS = 1024;

/** The probability of a bit, ones / of. */
export interface BitShare {
  readonly ones: number;
  readonly of: number;
}

/**
 * Refuses a share out of range.
 *
 * @throws {RangeError} unless both are integers, of ≤ 2^20 and 1/1024 ≤ ones / of ≤ 1023/1024.
 */
export function assertBitShare({ ones, of }: BitShare): void {
  if (!Number.isInteger(of) || of < 2 || of > MAX_OF) {
    throw new RangeError(`"share.of" expected an integer in 2 … 2^20, got ${of}`);
  }
  if (!Number.isInteger(ones) || !(MOST_ODDS * Math.min(ones, of - ones) >= of)) {
    throw new RangeError(`"share.ones" expected an integer in 1/1024 … 1023/1024 of ${of}, got ${ones}`);
  }
}

/**
 * Describes the weighted count of bits already gathered, each of probability ones / of.
 *
 * @param bits  each weight > 0. Retained.
 * @param share the probability of a bit. Retained.
 * @returns the law of their weighted count.
 */
export function biasedBitsLaw(bits: readonly WeightedBit[], share: BitShare): LatticeLaw {
  const { ones, of } = share;
  let maximum = 0;
  let trials = 0;
  for (const bit of bits) {
    maximum += bit.weight * bit.trials;
    trials += bit.trials;
  }
  return {
    minimum: 0,
    maximum,
    mean: maximum * (ones / of),
    lnMaximumMass: trials * lnShare(share),
    mirrored: () => biasedBitsLaw(bits, { ones: of - ones, of }),
    exponentAt: (sigma, threshold) => exponentAt(bits, share, sigma, threshold),
    transformAt: (sigma, threshold) => transformAt(bits, share, sigma, threshold),
  };
}

function lnShare({ ones, of }: BitShare): number {
  return 2 * ones > of ? Math.log1p(-(of - ones) / of) : Math.log(ones / of);
}

/** Where a weight's bit is taken about: the mean, 1 or 0. */
type Centre = 'mean' | 'one' | 'zero';

/** One bit under the tilt. */
interface TiltedBit {
  readonly centre: Centre;
  /** Its probability, that of its absence, and the former less p. */
  readonly one: number;
  readonly zero: number;
  readonly rise: number;
}

function tiltBit({ ones, of }: BitShare, y: number): TiltedBit {
  const p = ones / of;
  const q = (of - ones) / of;
  // Of the two forms of the tilted odds, the one that cannot overflow.
  const decay = (q / p) * Math.exp(-y);
  const one = 1 / (1 + decay);
  const zero = decay / (1 + decay);
  if (y <= LARGE_TILT) {
    const growth = Math.expm1(y);
    return { centre: 'mean', one, zero, rise: (p * q * growth) / (1 + p * growth) };
  }
  return { centre: one >= zero ? 'one' : 'zero', one, zero, rise: one - p };
}

/** Σ over weights of the centre of their bits, less the threshold, exactly: `whole` + `rest` / of, 0 ≤ rest < of. */
interface Gap {
  readonly whole: number;
  readonly rest: number;
}

function gapOf(
  bits: readonly WeightedBit[],
  tilted: readonly TiltedBit[],
  share: BitShare,
  threshold: number,
): Gap {
  let aboutMean = 0;
  let whole = -threshold;
  for (const [l, { weight, trials }] of bits.entries()) {
    const { centre } = tilted[l]!;
    if (centre === 'mean') aboutMean += weight * trials;
    else if (centre === 'one') whole += weight * trials;
  }
  const product = aboutMean * share.ones;
  if (Number.isSafeInteger(product)) {
    const rest = product % share.of;
    return { whole: whole + (product - rest) / share.of, rest };
  }
  const exact = BigInt(aboutMean) * BigInt(share.ones);
  return { whole: whole + Number(exact / BigInt(share.of)), rest: Number(exact % BigInt(share.of)) };
}

function exponentAt(
  bits: readonly WeightedBit[],
  share: BitShare,
  sigma: number,
  threshold: number,
): TiltedExponent {
  const p = share.ones / share.of;
  const q = (share.of - share.ones) / share.of;
  const tilted = bits.map(({ weight }) => tiltBit(share, weight * sigma));
  const { whole, rest } = gapOf(bits, tilted, share, threshold);
  const gap = whole + rest / share.of;
  let value = sigma * gap;
  let slope = gap;
  let curvature = 0;
  for (const [l, { weight, trials }] of bits.entries()) {
    const { centre, one, zero, rise } = tilted[l]!;
    const y = weight * sigma;
    if (centre === 'mean') {
      // q e^(-py) + p e^(qy) less 1, whose linear terms cancel.
      value += trials * Math.log1p(q * expLessLinear(-p * y) + p * expLessLinear(q * y));
      slope += trials * weight * rise;
    } else if (centre === 'one') {
      value += trials * (lnShare(share) + Math.log1p((q / p) * Math.exp(-y)));
      slope -= trials * weight * zero;
    } else {
      value += trials * Math.log1p(p * Math.expm1(y));
      slope += trials * weight * one;
    }
    curvature += trials * weight * weight * one * zero;
  }
  return { value, slope, curvature };
}

function transformAt(
  bits: readonly WeightedBit[],
  share: BitShare,
  sigma: number,
  threshold: number,
): TiltedTransform {
  const p = share.ones / share.of;
  const q = (share.of - share.ones) / share.of;
  const tilted = bits.map(({ weight }) => tiltBit(share, weight * sigma));
  const gap = gapOf(bits, tilted, share, threshold);
  const loss = Float64Array.from(tilted, ({ one, zero }) => 4 * one * zero);

  const rotate = (node: number, nodes: number, out: Float64Array): void => {
    let lnModulus = 0;
    let phase = 0;
    // Turns of the centred bits, in units of 1 / of of a circle.
    let parts = 0;
    for (let l = 0; l < bits.length; l++) {
      const { weight, trials } = bits[l]!;
      const { centre, one, zero, rise } = tilted[l]!;
      // wθ = 2π (turns + rest / nodes) with |rest| < nodes / 2, in exact integers.
      const turns = Math.round((weight * node) / nodes);
      const angle = (2 * Math.PI * (weight * node - turns * nodes)) / nodes;
      const sin = Math.sin(0.5 * angle);
      lnModulus += 0.5 * trials * Math.log1p(-loss[l]! * sin * sin);
      if (centre === 'mean') {
        // π e^(iqa) + (1 - π) e^(-ipa), whose linear terms cancel but for those of π - p.
        const im =
          p * sinLessLinear(q * angle) -
          q * sinLessLinear(p * angle) +
          rise * (Math.sin(q * angle) + Math.sin(p * angle));
        phase += trials * Math.atan2(im, one * Math.cos(q * angle) + zero * Math.cos(p * angle));
        parts = (parts + productModulo(share.ones, (trials * turns) % share.of, share.of)) % share.of;
      } else {
        const rare = centre === 'one' ? zero : one;
        const turn = trials * Math.atan2(2 * rare * sin * Math.cos(0.5 * angle), 1 - 2 * rare * sin * sin);
        phase += centre === 'one' ? -turn : turn;
      }
    }
    const circles =
      productModulo(node, gap.whole, nodes) / nodes +
      (node * gap.rest) / (nodes * share.of) -
      parts / share.of;
    out[0] = lnModulus;
    out[1] = phase + 2 * Math.PI * circles;
  };

  return { rotate, isNegligible: (from, to, level) => isNegligible(bits, loss, from, to, level) };
}

/** e^x - 1 - x, ≥ 0, without cancellation; for |x| ≤ 1. */
function expLessLinear(x: number): number {
  let term = (x * x) / 2;
  let sum = term;
  for (let i = 3; ; i++) {
    term *= x / i;
    const next = sum + term;
    if (next === sum) return sum;
    sum = next;
  }
}

/** sin x - x without cancellation; for |x| ≤ π. */
function sinLessLinear(x: number): number {
  if (Math.abs(x) > 1) return Math.sin(x) - x;
  let term = (-x * x * x) / 6;
  let sum = term;
  for (let i = 4; ; i += 2) {
    term *= (-x * x) / (i * (i + 1));
    const next = sum + term;
    if (next === sum) return sum;
    sum = next;
  }
}
