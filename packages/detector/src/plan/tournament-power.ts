/**
 * The law of a sum of tournament scores over marked and unmarked tokens, for the lattice tail engine.
 *
 * A tuple is of class c with probability w_c; given its class, its bits are independent and bit l is 1 with probability
 * q_cl. Hence E e^(zS) = (Σ_c w_c Π_l (1 − q_cl + q_cl e^(z weight_l)))^n. Unmarked tuples are a class of fair bits.
 */
import type { LatticeLaw, TiltedExponent, TiltedTransform } from '../stats/lattice-law.ts';
import { latticeTailLog10 } from '../stats/lattice-tail.ts';
import type { NextTokenMix } from './next-token-mix.ts';

/** Tuples that are alike: their share, and the probability of a 1 in each layer `[depth]`. */
interface BitClass {
  readonly share: number;
  readonly ones: readonly number[];
}

/**
 * Computes P(sum of n scores ≥ threshold), each tuple being marked with probability `share`.
 *
 * @param weights   the score's weights, `[depth]`.
 * @param mix       classes of steps.
 * @param share     share of marked tuples, 0…1.
 * @param n         number of tuples.
 * @param threshold integer.
 */
export function tournamentPower(
  weights: Uint32Array,
  mix: NextTokenMix,
  share: number,
  n: number,
  threshold: number,
): number {
  const fair: BitClass = { share: 1 - share, ones: Array.from(weights, () => 0.5) };
  const marked = mix.classes.map(
    ({ share: part, biases }): BitClass => ({
      share: share * part,
      ones: Array.from(weights, (_, layer) => (1 + biases[layer]!) / 2),
    }),
  );
  const classes = [fair, ...marked].filter((each) => each.share > 0);
  return 10 ** latticeTailLog10({ law: mixtureLaw([...weights], classes, n), threshold });
}

function mixtureLaw(weights: readonly number[], classes: readonly BitClass[], n: number): LatticeLaw {
  const maximum = n * weights.reduce((sum, weight) => sum + weight, 0);
  const largest = classes.reduce(
    (sum, { share, ones }) => sum + share * ones.reduce((product, one) => product * one, 1),
    0,
  );
  return {
    minimum: 0,
    maximum,
    mean: n * tilt(weights, classes, 0).mean,
    lnMaximumMass: n * Math.log(largest),
    mirrored: () =>
      mixtureLaw(
        weights,
        classes.map(({ share, ones }) => ({ share, ones: ones.map((one) => 1 - one) })),
        n,
      ),
    exponentAt(sigma, threshold): TiltedExponent {
      const { lnMass, mean, variance } = tilt(weights, classes, sigma);
      return {
        value: n * lnMass - sigma * threshold,
        slope: n * mean - threshold,
        curvature: n * variance,
      };
    },
    transformAt: (sigma, threshold) =>
      transform(weights, tilt(weights, classes, sigma).classes, n, threshold),
  };
}

/** One tuple under the probability tilted by e^(σ score): ln E e^(σ score), its moments, and its classes. */
function tilt(
  weights: readonly number[],
  classes: readonly BitClass[],
  sigma: number,
): { lnMass: number; mean: number; variance: number; classes: BitClass[] } {
  const parts = classes.map(({ share, ones }) => {
    let lnMass = Math.log(share);
    let mean = 0;
    let variance = 0;
    const tilted = ones.map((one, layer) => {
      const weight = weights[layer]!;
      const mass = one * Math.exp(weight * sigma);
      const tiltedOne = mass / (1 - one + mass);
      lnMass += Math.log1p(one * Math.expm1(weight * sigma));
      mean += weight * tiltedOne;
      variance += weight * weight * tiltedOne * (1 - tiltedOne);
      return tiltedOne;
    });
    return { lnMass, mean, variance, ones: tilted };
  });
  const largest = Math.max(...parts.map(({ lnMass }) => lnMass));
  const total = parts.reduce((sum, { lnMass }) => sum + Math.exp(lnMass - largest), 0);
  const shares = parts.map(({ lnMass }) => Math.exp(lnMass - largest) / total);
  const mean = parts.reduce((sum, part, c) => sum + shares[c]! * part.mean, 0);
  const variance = parts.reduce(
    (sum, part, c) => sum + shares[c]! * (part.variance + (part.mean - mean) ** 2),
    0,
  );
  const tilted = parts.map(({ ones }, c) => ({ share: shares[c]!, ones }));
  return { lnMass: largest + Math.log(total), mean, variance, classes: tilted };
}

function transform(
  weights: readonly number[],
  classes: readonly BitClass[],
  n: number,
  threshold: number,
): TiltedTransform {
  // The least loss of |φ|² in each layer over the classes: 4q(1 − q).
  const losses = weights.map((_, layer) =>
    Math.min(...classes.map(({ ones }) => 4 * ones[layer]! * (1 - ones[layer]!))),
  );
  return {
    rotate(node, nodes, out) {
      const theta = (2 * Math.PI * node) / nodes;
      let re = 0;
      let im = 0;
      for (const { share, ones } of classes) {
        let [x, y] = [share, 0];
        for (const [layer, one] of ones.entries()) {
          const cos = 1 - one + one * Math.cos(weights[layer]! * theta);
          const sin = one * Math.sin(weights[layer]! * theta);
          [x, y] = [x * cos - y * sin, x * sin + y * cos];
        }
        re += x;
        im += y;
      }
      out[0] = 0.5 * n * Math.log(re * re + im * im);
      out[1] = n * Math.atan2(im, re) - theta * threshold;
    },
    isNegligible(from, to, level) {
      // |1 − q + q e^(iφ)|² = 1 − loss sin²(φ/2), and sin² is least at an end of an interval without a zero.
      let bound = 0;
      for (const [layer, weight] of weights.entries()) {
        const low = 0.5 * weight * from;
        const high = 0.5 * weight * to;
        if (Math.floor(low / Math.PI) !== Math.floor(high / Math.PI)) continue;
        const sin = Math.min(Math.abs(Math.sin(low)), Math.abs(Math.sin(high)));
        bound -= 0.5 * n * Math.log1p(-losses[layer]! * sin * sin);
        if (bound >= level) return true;
      }
      return false;
    },
  };
}
