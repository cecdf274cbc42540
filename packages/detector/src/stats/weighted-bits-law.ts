/**
 * The law of a weighted count of fair bits: the null law of a tournament score, for the lattice tail engine.
 *
 * For one bit of weight w, with y = wσ/2 and φ = wθ/2, E[exp(z(wB - w/2))] = cosh(y + iφ). Close to the mean that
 * centred form loses nothing to cancellation. Towards the maximum the deficit C = Σ w(1 - B) is small and its tilted
 * bits are 1 with probability π = 1 / (1 + e^(wσ)); there e^(-wz/2) cosh(wz/2) = (1 + e^(-wz)) / 2 is used. Each weight
 * takes the form that suits its wσ, and the linear terms of all of them meet the threshold in exact integers.
 */
import { assertWeightedBits } from './assert-weighted-bits.ts';
import type { LatticeLaw, TiltedExponent, TiltedTransform } from './lattice-law.ts';

/** Where the deficit form takes over from the centred one, in units of wσ. */
const LARGE_TILT = 1;

/** One distinct weight and the number of fair bits that carry it. */
export interface WeightedBit {
  readonly weight: number;
  readonly trials: number;
}

/**
 * Gathers the bits of n tuples by their weight; bits of weight 0 are left out.
 *
 * @param weights  Uint32Array `[depth]`, the weight of each layer's bit. Not retained.
 * @param n        number of tuples, integer ≥ 0.
 * @returns one entry per distinct weight, largest weight first.
 */
export function gatherBits(weights: Uint32Array, n: number): WeightedBit[] {
  const trials = new Map<number, number>();
  for (const weight of weights) {
    if (weight > 0) trials.set(weight, (trials.get(weight) ?? 0) + n);
  }
  return [...trials]
    .map(([weight, count]) => ({ weight, trials: count }))
    .sort((a, b) => b.weight - a.weight);
}

/**
 * Describes S = Σ over n tuples of Σ_l w_l B_l with independent fair bits B_l.
 *
 * @param weights  Uint32Array `[depth]`, 1 … 32 weights of 0 … 1023. Not retained.
 * @param n        number of tuples, integer in 0 … 1e9.
 * @returns the law of S on the integers 0 … n Σ w, symmetric about half its maximum.
 * @throws {RangeError} if an argument is out of range.
 */
export function weightedBitsLaw(weights: Uint32Array, n: number): LatticeLaw {
  assertWeightedBits(weights, n);
  return bitsLaw(gatherBits(weights, n));
}

/**
 * Describes the weighted count of bits already gathered.
 *
 * @param bits  each weight > 0. Retained.
 * @returns the law of their weighted count.
 */
export function bitsLaw(bits: readonly WeightedBit[]): LatticeLaw {
  let maximum = 0;
  let trials = 0;
  for (const bit of bits) {
    maximum += bit.weight * bit.trials;
    trials += bit.trials;
  }
  const law: LatticeLaw = {
    minimum: 0,
    maximum,
    mean: maximum / 2,
    lnMaximumMass: -trials * Math.LN2,
    mirrored: () => law,
    exponentAt: (sigma, threshold) => exponentAt(bits, sigma, maximum - 2 * threshold),
    transformAt: (sigma, threshold) => transformAt(bits, sigma, maximum - 2 * threshold),
  };
  return law;
}

/** `twice` is 2(E[S] - s), an exact integer; each weight in the deficit form adds its 2 E[wB] to it. */
function exponentAt(bits: readonly WeightedBit[], sigma: number, twice: number): TiltedExponent {
  let value = 0;
  let slope = 0;
  let curvature = 0;
  for (const { weight, trials } of bits) {
    const decay = Math.exp(-weight * sigma);
    if (weight * sigma > LARGE_TILT) {
      twice += weight * trials;
      value += trials * (Math.log1p(decay) - Math.LN2);
      slope -= (trials * weight * decay) / (1 + decay);
    } else {
      const sinh = Math.sinh(0.5 * weight * sigma);
      value += 0.5 * trials * Math.log1p(sinh * sinh);
      slope += 0.5 * trials * weight * Math.tanh(0.5 * weight * sigma);
    }
    curvature += (trials * weight * weight * decay) / ((1 + decay) * (1 + decay));
  }
  return { value: value + 0.5 * sigma * twice, slope: slope + 0.5 * twice, curvature };
}

function transformAt(bits: readonly WeightedBit[], sigma: number, twice: number): TiltedTransform {
  const size = bits.length;
  // Per weight: 4π(1 - π), the loss of |φ|²; π in the deficit form; tanh y in the centred form.
  const loss = new Float64Array(size);
  const deficit = new Float64Array(size);
  const tanh = new Float64Array(size);
  for (const [l, { weight, trials }] of bits.entries()) {
    const decay = Math.exp(-weight * sigma);
    loss[l] = (4 * decay) / ((1 + decay) * (1 + decay));
    if (weight * sigma > LARGE_TILT) {
      deficit[l] = decay / (1 + decay);
      twice += weight * trials;
    } else tanh[l] = Math.tanh(0.5 * weight * sigma);
  }

  const rotate = (node: number, nodes: number, out: Float64Array): void => {
    let lnModulus = 0;
    let halfTurns = 0;
    let phase = 0;
    for (let l = 0; l < size; l++) {
      const { weight, trials } = bits[l]!;
      // φ = wθ/2 = π (turns + rest / nodes) with |rest| < nodes / 2, in exact integers.
      const turns = Math.round((weight * node) / nodes);
      const rest = (Math.PI * (weight * node - turns * nodes)) / nodes;
      const sin = Math.sin(rest);
      const cos = Math.cos(rest);
      lnModulus += 0.5 * trials * Math.log1p(-loss[l]! * sin * sin);
      if (tanh[l]! > 0) {
        // cosh(y + iφ + iπ turns) = (-1)^turns cosh(y + iφ).
        halfTurns += (trials % 2) * (turns % 2);
        phase += trials * Math.atan2(tanh[l]! * sin, cos);
      } else {
        const p = deficit[l]!;
        phase -= trials * Math.atan2(2 * p * sin * cos, 1 - 2 * p * sin * sin);
      }
    }
    out[0] = lnModulus;
    out[1] = phase + Math.PI * (halfTurns + productModulo(node, twice, 2 * nodes) / nodes);
  };

  return { rotate, isNegligible: (from, to, level) => isNegligible(bits, loss, from, to, level) };
}

/**
 * Says whether |φ(θ)| ≤ exp(-level) is certain across an interval, for bits that each have |φ|² = 1 - loss sin²(wθ/2).
 *
 * @param bits  the gathered bits.
 * @param loss  Float64Array `[bits]`, 4π(1 - π) of each weight's tilted bit.
 * @param from  start of the interval of θ, within [0, π].
 * @param to    its end.
 * @param level the level, > 0.
 */
export function isNegligible(
  bits: readonly WeightedBit[],
  loss: Float64Array,
  from: number,
  to: number,
  level: number,
): boolean {
  let bound = 0;
  for (let l = 0; l < bits.length; l++) {
    const { weight, trials } = bits[l]!;
    const low = 0.5 * weight * from;
    const high = 0.5 * weight * to;
    // sin² is least at an end of an interval without a zero.
    if (Math.floor(low / Math.PI) !== Math.floor(high / Math.PI)) continue;
    const sin = Math.min(Math.abs(Math.sin(low)), Math.abs(Math.sin(high)));
    bound -= 0.5 * trials * Math.log1p(-loss[l]! * sin * sin);
    if (bound >= level) return true;
  }
  return false;
}

/** Computes the remainder of a · b, of the sign of b, where the product may exceed 2^53. */
export function productModulo(a: number, b: number, modulus: number): number {
  const factor = b % modulus;
  const product = a * factor;
  if (Number.isSafeInteger(product)) return product % modulus;
  return Number((BigInt(a) * BigInt(factor)) % BigInt(modulus));
}
