/**
 * The law of a sum of independent integer scores of a few kinds, each with a finite law: the null law of weighted scores.
 *
 * Written as deficits from each kind's largest score. With D the deficit of the sum, E[exp(-zD)] = Π_c (Σ_v m_cv exp(-z v))^n_c.
 * Close to the mean each kind's exponent is centred, so that small numbers are added; close to the maximum it is not.
 *
 * |φ_c(θ)| moves by at most E|v - f| |θ - θ′| between two points, v under the tilted law of kind c and f any constant: that
 * makes a value at one point a bound for all points near it.
 */
import type { LatticeLaw, TiltedExponent, TiltedTransform } from './lattice-law.ts';
import { FAR, GRID, GRID_STEP, ROUNDING } from './transform-grid.ts';

/** Independent draws of one law. */
export interface ScoreDraws {
  /** Int32Array `[v]`, scores. Not retained. Time and memory grow with the largest distance between two. */
  readonly scores: Int32Array;
  /** Float64Array `[v]`, the probability of each, ≥ 0; they sum to 1. Not retained. */
  readonly masses: Float64Array;
  /** Number of draws, integer ≥ 0. */
  readonly count: number;
}

/** One kind of score, by its deficits. */
interface Kind {
  readonly count: number;
  readonly top: number;
  /** Largest deficit. */
  readonly span: number;
  /** Float64Array `[span + 1]`, the probability of each deficit; positive at both ends. */
  readonly masses: Float64Array;
  readonly meanDeficit: number;
}

/**
 * Describes S, the sum of all draws.
 *
 * @param draws one entry for each kind of score; kinds of no draw are left out.
 */
export function drawnScoresLaw(draws: readonly ScoreDraws[]): LatticeLaw {
  return lawOf(draws.filter(({ count }) => count > 0).map(kindOf));
}

function kindOf({ scores, masses, count }: ScoreDraws): Kind {
  let low = Infinity;
  let top = -Infinity;
  for (const [i, score] of scores.entries()) {
    if (masses[i] === 0) continue;
    low = Math.min(low, score);
    top = Math.max(top, score);
  }
  const byDeficit = new Float64Array(top - low + 1);
  for (const [i, score] of scores.entries()) if (masses[i]! > 0) byDeficit[top - score]! += masses[i]!;
  return { count, top, span: top - low, masses: byDeficit, meanDeficit: meanOf(byDeficit) };
}

function mirrorOf({ count, top, span, masses }: Kind): Kind {
  const mirrored = masses.toReversed();
  return { count, top, span, masses: mirrored, meanDeficit: meanOf(mirrored) };
}

function meanOf(masses: Float64Array): number {
  return masses.reduce((mean, mass, deficit) => mean + mass * deficit, 0);
}

function lawOf(kinds: readonly Kind[]): LatticeLaw {
  const sum = (of: (kind: Kind) => number): number =>
    kinds.reduce((total, kind) => total + kind.count * of(kind), 0);
  const maximum = sum(({ top }) => top);
  const mean = maximum - sum(({ meanDeficit }) => meanDeficit);
  return {
    minimum: maximum - sum(({ span }) => span),
    maximum,
    mean,
    lnMaximumMass: sum(({ masses }) => Math.log(masses[0]!)),
    mirrored: () => lawOf(kinds.map(mirrorOf)),
    exponentAt: (sigma, threshold) => exponentAt(kinds, sigma, threshold, maximum, mean),
    transformAt: (sigma, threshold) => transformAt(kinds, sigma, maximum - threshold),
  };
}

/** The powers exp(-σ v) for every deficit v of any kind. */
function decayOf(kinds: readonly Kind[], sigma: number): Float64Array {
  const widest = kinds.reduce((most, { span }) => Math.max(most, span), 0);
  return Float64Array.from({ length: widest + 1 }, (_, deficit) => Math.exp(-sigma * deficit));
}

function exponentAt(
  kinds: readonly Kind[],
  sigma: number,
  threshold: number,
  maximum: number,
  mean: number,
): TiltedExponent {
  const decay = decayOf(kinds, sigma);
  const nearMaximum = maximum - threshold < threshold - mean;
  const gap = nearMaximum ? maximum - threshold : mean - threshold;
  let value = sigma * gap;
  let slope = gap;
  let curvature = 0;
  for (const { count, masses, meanDeficit } of kinds) {
    let total = 0;
    let first = 0;
    let second = 0;
    for (let deficit = 0; deficit < masses.length; deficit++) {
      const weight = masses[deficit]! * decay[deficit]!;
      total += weight;
      first += weight * deficit;
      second += weight * deficit * deficit;
    }
    const tilted = first / total;
    const centre = nearMaximum ? 0 : meanDeficit;
    value += count * (Math.log(total) + sigma * centre);
    slope += count * (centre - tilted);
    curvature += count * Math.max(0, second / total - tilted * tilted);
  }
  return { value, slope, curvature };
}

/** A kind under the tilted law, its masses scaled to sum to 1. */
interface TiltedKind {
  readonly count: number;
  readonly masses: Float64Array;
  /** E|v - E v|. */
  readonly spread: number;
}

function tilt({ count, masses }: Kind, decay: Float64Array): TiltedKind {
  const tilted = masses.map((mass, deficit) => mass * decay[deficit]!);
  const total = tilted.reduce((sum, weight) => sum + weight, 0);
  for (let deficit = 0; deficit < tilted.length; deficit++) tilted[deficit]! /= total;
  const centre = meanOf(tilted);
  const spread = tilted.reduce((sum, weight, deficit) => sum + weight * Math.abs(deficit - centre), 0);
  return { count, masses: tilted, spread };
}

function transformAt(kinds: readonly Kind[], sigma: number, gap: number): TiltedTransform {
  const decay = decayOf(kinds, sigma);
  const tilted = kinds.map((kind) => tilt(kind, decay));
  const draws = kinds.reduce((sum, { count }) => sum + count, 0);
  const meanSpread = tilted.reduce((sum, { count, spread }) => sum + (count / draws) * spread, 0);
  const cosines = new Float64Array(decay.length);
  const sines = new Float64Array(decay.length);

  const point = ({ masses }: TiltedKind, out: Float64Array): void => {
    let re = 0;
    let im = 0;
    for (let deficit = 0; deficit < masses.length; deficit++) {
      re += masses[deficit]! * cosines[deficit]!;
      im -= masses[deficit]! * sines[deficit]!;
    }
    out[0] = re;
    out[1] = im;
  };
  const at = new Float64Array(2);

  const rotate = (node: number, nodes: number, out: Float64Array): void => {
    for (let deficit = 0; deficit < decay.length; deficit++) {
      const angle = (2 * Math.PI * ((node * deficit) % nodes)) / nodes;
      cosines[deficit] = Math.cos(angle);
      sines[deficit] = Math.sin(angle);
    }
    let lnModulus = 0;
    let phase = (2 * Math.PI * ((node * (gap % nodes)) % nodes)) / nodes;
    for (const kind of tilted) {
      point(kind, at);
      lnModulus += kind.count * Math.log(Math.hypot(at[0]!, at[1]!));
      phase += kind.count * Math.atan2(at[1]!, at[0]!);
    }
    out[0] = lnModulus;
    out[1] = phase;
  };

  const isNegligible = (from: number, to: number, level: number): boolean => {
    const middle = Math.round((from + to) / (2 * GRID_STEP));
    const reach = Math.max(middle * GRID_STEP - from, to - middle * GRID_STEP);
    if (reach * meanSpread > FAR) return false;
    for (let deficit = 0; deficit < decay.length; deficit++) {
      const angle = GRID_STEP * (Math.imul(middle, deficit) & (GRID - 1));
      cosines[deficit] = Math.cos(angle);
      sines[deficit] = Math.sin(angle);
    }
    let bound = 0;
    for (const kind of tilted) {
      point(kind, at);
      const modulus = Math.hypot(at[0]!, at[1]!) + reach * kind.spread + ROUNDING;
      if (modulus < 1) bound -= kind.count * Math.log(modulus);
      if (bound >= level) return true;
    }
    return false;
  };

  return { rotate, isNegligible };
}
