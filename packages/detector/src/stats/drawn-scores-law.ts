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
import { FAR, GRID, ROUNDING } from './transform-grid.ts';
import { productModulo } from './weighted-bits-law.ts';

/** Points of the circle for each unit of a transform's spread. */
const USUAL_GRID = 64;

/** Scores that lie so close are added up in a list by their deficits, which is faster than a map. */
const DENSE = 8;

/** Independent draws of one law. */
export interface ScoreDraws {
  /** Int32Array `[v]`, scores. Not retained. Time and memory grow with the number of different distances from the largest. */
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
  /** Float64Array `[d]`, different deficits in rising order, from 0 to the largest. */
  readonly deficits: Float64Array;
  /** Float64Array `[d]`, the probability of each, positive. */
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
  let top = -Infinity;
  let low = Infinity;
  for (let i = 0; i < scores.length; i++) {
    if (masses[i] === 0) continue;
    top = Math.max(top, scores[i]!);
    low = Math.min(low, scores[i]!);
  }
  if (top - low >= DENSE * scores.length) return sparseKind(count, top, scores, masses);
  const byDeficit = new Float64Array(top - low + 1);
  for (let i = 0; i < scores.length; i++) if (masses[i]! > 0) byDeficit[top - scores[i]!]! += masses[i]!;
  const deficits = new Float64Array(byDeficit.length);
  let different = 0;
  for (let deficit = 0; deficit < byDeficit.length; deficit++) {
    if (byDeficit[deficit] === 0) continue;
    deficits[different] = deficit;
    byDeficit[different++] = byDeficit[deficit]!;
  }
  return createKind(count, top, deficits.slice(0, different), byDeficit.slice(0, different));
}

function sparseKind(count: number, top: number, scores: Int32Array, masses: Float64Array): Kind {
  const byDeficit = new Map<number, number>();
  for (const [i, score] of scores.entries()) {
    if (masses[i]! > 0) byDeficit.set(top - score, (byDeficit.get(top - score) ?? 0) + masses[i]!);
  }
  const sorted = [...byDeficit].sort(([a], [b]) => a - b);
  return createKind(
    count,
    top,
    Float64Array.from(sorted, ([deficit]) => deficit),
    Float64Array.from(sorted, ([, mass]) => mass),
  );
}

function createKind(count: number, top: number, deficits: Float64Array, masses: Float64Array): Kind {
  return { count, top, deficits, masses, meanDeficit: meanOf(deficits, masses) };
}

function mirrorOf({ count, top, deficits, masses }: Kind): Kind {
  const span = spanOf(deficits);
  return createKind(count, top, deficits.map((deficit) => span - deficit).reverse(), masses.toReversed());
}

function spanOf(deficits: Float64Array): number {
  return deficits[deficits.length - 1]!;
}

function meanOf(deficits: Float64Array, masses: Float64Array): number {
  return masses.reduce((mean, mass, i) => mean + mass * deficits[i]!, 0);
}

function lawOf(kinds: readonly Kind[]): LatticeLaw {
  const sum = (of: (kind: Kind) => number): number =>
    kinds.reduce((total, kind) => total + kind.count * of(kind), 0);
  const maximum = sum(({ top }) => top);
  const mean = maximum - sum(({ meanDeficit }) => meanDeficit);
  return {
    minimum: maximum - sum(({ deficits }) => spanOf(deficits)),
    maximum,
    mean,
    lnMaximumMass: sum(({ masses }) => Math.log(masses[0]!)),
    mirrored: () => lawOf(kinds.map(mirrorOf)),
    exponentAt: (sigma, threshold) => exponentAt(kinds, sigma, threshold, maximum, mean),
    transformAt: (sigma, threshold) => transformAt(kinds, sigma, maximum - threshold),
  };
}

function exponentAt(
  kinds: readonly Kind[],
  sigma: number,
  threshold: number,
  maximum: number,
  mean: number,
): TiltedExponent {
  const nearMaximum = maximum - threshold < threshold - mean;
  const gap = nearMaximum ? maximum - threshold : mean - threshold;
  let value = sigma * gap;
  let slope = gap;
  let curvature = 0;
  for (const { count, deficits, masses, meanDeficit } of kinds) {
    let total = 0;
    let first = 0;
    let second = 0;
    for (let i = 0; i < masses.length; i++) {
      const deficit = deficits[i]!;
      const weight = masses[i]! * Math.exp(-sigma * deficit);
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
  /** Int32Array `[d]`, where each of its deficits stands among those of all kinds. */
  readonly places: Int32Array;
  /** E|v - E v|. */
  readonly spread: number;
}

function tilt(
  { count, deficits, masses }: Kind,
  sigma: number,
  placeOf: ReadonlyMap<number, number>,
): TiltedKind {
  const tilted = masses.map((mass, i) => mass * Math.exp(-sigma * deficits[i]!));
  const total = tilted.reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; i < tilted.length; i++) tilted[i]! /= total;
  const centre = meanOf(deficits, tilted);
  const spread = tilted.reduce((sum, weight, i) => sum + weight * Math.abs(deficits[i]! - centre), 0);
  return {
    count,
    masses: tilted,
    places: Int32Array.from(deficits, (deficit) => placeOf.get(deficit)!),
    spread,
  };
}

function transformAt(kinds: readonly Kind[], sigma: number, gap: number): TiltedTransform {
  const deficits = Float64Array.from(new Set(kinds.flatMap((kind) => [...kind.deficits]))).sort();
  const placeOf = new Map(Array.from(deficits, (deficit, place) => [deficit, place]));
  const tilted = kinds.map((kind) => tilt(kind, sigma, placeOf));
  const draws = kinds.reduce((sum, { count }) => sum + count, 0);
  const meanSpread = tilted.reduce((sum, { count, spread }) => sum + (count / draws) * spread, 0);
  const cosines = new Float64Array(deficits.length);
  const sines = new Float64Array(deficits.length);
  const grid = gridFor(meanSpread);
  const gridStep = (2 * Math.PI) / grid;

  const point = ({ masses, places }: TiltedKind, out: Float64Array): void => {
    let re = 0;
    let im = 0;
    for (let i = 0; i < masses.length; i++) {
      re += masses[i]! * cosines[places[i]!]!;
      im -= masses[i]! * sines[places[i]!]!;
    }
    out[0] = re;
    out[1] = im;
  };
  const at = new Float64Array(2);

  const rotate = (node: number, nodes: number, out: Float64Array): void => {
    for (let place = 0; place < deficits.length; place++) {
      const angle = (2 * Math.PI * productModulo(node, deficits[place]!, nodes)) / nodes;
      cosines[place] = Math.cos(angle);
      sines[place] = Math.sin(angle);
    }
    let lnModulus = 0;
    let phase = (2 * Math.PI * productModulo(node, gap, nodes)) / nodes;
    for (const kind of tilted) {
      point(kind, at);
      lnModulus += kind.count * Math.log(Math.hypot(at[0]!, at[1]!));
      phase += kind.count * Math.atan2(at[1]!, at[0]!);
    }
    out[0] = lnModulus;
    out[1] = phase;
  };

  const isNegligible = (from: number, to: number, level: number): boolean => {
    const middle = Math.round((from + to) / (2 * gridStep));
    const reach = Math.max(middle * gridStep - from, to - middle * gridStep);
    if (reach * meanSpread > FAR) return false;
    for (let place = 0; place < deficits.length; place++) {
      const angle = gridStep * (Math.imul(middle, deficits[place]!) & (grid - 1));
      cosines[place] = Math.cos(angle);
      sines[place] = Math.sin(angle);
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

/** So many points that a transform moves by no more between two of them than it does between those of {@link GRID} at a usual spread. */
function gridFor(spread: number): number {
  let grid = GRID;
  while (grid < 2 ** 30 && grid < USUAL_GRID * spread) grid *= 2;
  return grid;
}
