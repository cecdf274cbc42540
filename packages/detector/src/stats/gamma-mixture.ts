/**
 * A sum of gamma variables of different scales as a mixture of gamma laws of the smallest one.
 * Source: Moschopoulos, "The distribution of the sum of independent gamma random variables", Ann. Inst. Statist. Math. 37 (1985).
 *
 * θ Gamma(a) with θ > θ₁ is θ₁ Gamma(a + K) with K negative binomial: K successes of probability β = 1 - θ₁/θ before the a-th
 * failure. So Σ θ_j Gamma(a_j) is θ₁ Gamma(ρ + K), ρ = Σ a_j, with K the sum of independent negative binomials. Of two scales
 * there is one, in closed form. Of more, the masses δ_k of K obey (k + 1) δ_{k+1} = Σ_j a_j Σ_{i=1}^{k+1} β_j^i δ_{k+1-i}, all
 * terms positive; the inner sums are carried along, each as its quotient by δ.
 *
 * Integer shapes make every negative binomial log-concave, and with them K.
 */
import { lnBinomialPoint } from './binomial-point.ts';

/** Independent variables θ Gamma(shape). */
export interface GammaGroup {
  /** θ > 0. */
  readonly scale: number;
  /** Integer ≥ 1. */
  readonly shape: number;
}

/** The law of K. */
export interface Mixing {
  /** ln P(K = k). */
  lnMassAt(k: number): number;
  /** P(K = k + 1) / P(K = k). */
  ratioAt(k: number): number;
}

/**
 * Describes the law of K.
 *
 * @param groups at least two, of rising scale. Not retained.
 */
export function gammaMixing(groups: readonly GammaGroup[]): Mixing {
  const [least, ...others] = groups;
  const odds = others.map(({ scale, shape }) => ({
    shape,
    failure: least!.scale / scale,
    beta: (scale - least!.scale) / scale,
  }));
  return odds.length === 1 ? negativeBinomial(odds[0]!) : convolved(odds);
}

interface NegativeBinomial {
  readonly shape: number;
  readonly failure: number;
  readonly beta: number;
}

function negativeBinomial({ shape, failure, beta }: NegativeBinomial): Mixing {
  return {
    lnMassAt: (k) => lnBinomialPoint(shape + k, k, beta, failure) + Math.log(shape / (shape + k)),
    ratioAt: (k) => ((shape + k) / (k + 1)) * beta,
  };
}

/** Memory and time grow with the largest k that is asked for. */
function convolved(parts: readonly NegativeBinomial[]): Mixing {
  const ratios: number[] = [];
  // ln δ_k at every 256th k, so that a look-up adds few logarithms.
  const marks = [
    parts.reduce((sum, part) => sum + lnBinomialPoint(part.shape, 0, part.beta, part.failure), 0),
  ];
  const carried = parts.map(() => 0);
  const ratioAt = (k: number): number => {
    while (ratios.length <= k) {
      const next = ratios.length;
      let ratio = 0;
      for (const [j, { shape, beta }] of parts.entries()) {
        carried[j] = beta * (carried[j]! + shape);
        ratio += carried[j]! / (next + 1);
      }
      for (const j of carried.keys()) carried[j]! /= ratio;
      ratios.push(ratio);
      if (ratios.length % STRIDE === 0)
        marks.push(marks.at(-1)! + lnProduct(ratios, next + 1 - STRIDE, next + 1));
    }
    return ratios[k]!;
  };
  const lnMassAt = (k: number): number => {
    if (k > 0) ratioAt(k - 1);
    const mark = Math.floor(k / STRIDE);
    return marks[mark]! + lnProduct(ratios, mark * STRIDE, k);
  };
  return { lnMassAt, ratioAt };
}

const STRIDE = 256;

function lnProduct(ratios: readonly number[], from: number, to: number): number {
  let sum = 0;
  for (let k = from; k < to; k++) sum += Math.log(ratios[k]!);
  return sum;
}
