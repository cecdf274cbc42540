/**
 * The law of a sum of independent integers, each with counts of how many equally likely ways give each of its values.
 *
 * As uniform-rows-law.ts, for rows of many ways and few values: with v the deficits of row j from its largest value, c(v) the ways and e their
 * sum, E[exp(-zD)] = Πⱼ (1/e) Σ c(v) exp(-z v). Values lie densely, so that a row is an array over its deficits.
 */
import type { LatticeLaw, TiltedExponent, TiltedTransform } from './lattice-law.ts';
import { FAR, GRID, GRID_STEP, gridCosines, ROUNDING } from './transform-grid.ts';

interface Row {
  /** Float64Array `[most + 1]`: in how many ways each deficit comes; the first and the last in one or more. */
  readonly ways: Float64Array;
  readonly total: number;
  readonly meanDeficit: number;
}

/**
 * Describes S = Σⱼ Xⱼ with P(Xⱼ = x) = ways of x in row j / all of row j, independently.
 *
 * @param rows `[x]` each, from x = 0 on: integers ≥ 0 with a sum of 1 to 2^53 / length; the last is not 0. Not retained.
 */
export function countedRowsLaw(rows: readonly Float64Array[]): LatticeLaw {
  let minimum = 0;
  const maximum = rows.reduce((sum, { length }) => sum + length - 1, 0);
  const trimmed = rows.map((ways) => {
    const first = ways.findIndex((count) => count > 0);
    minimum += first;
    return rowOf(ways.slice(first).reverse());
  });
  return lawOf(trimmed, minimum, maximum);
}

function rowOf(ways: Float64Array): Row {
  let total = 0;
  let sum = 0;
  for (let deficit = 0; deficit < ways.length; deficit++) {
    total += ways[deficit]!;
    sum += ways[deficit]! * deficit;
  }
  return { ways, total, meanDeficit: sum / total };
}

function lawOf(rows: readonly Row[], minimum: number, maximum: number): LatticeLaw {
  const mean = maximum - rows.reduce((sum, { meanDeficit }) => sum + meanDeficit, 0);
  return {
    minimum,
    maximum,
    mean,
    lnMaximumMass: rows.reduce((sum, { ways, total }) => sum + Math.log(ways[0]! / total), 0),
    mirrored: () =>
      lawOf(
        rows.map(({ ways }) => rowOf(ways.slice().reverse())),
        minimum,
        maximum,
      ),
    exponentAt: (sigma, threshold) => exponentAt(rows, { mean, maximum }, sigma, threshold),
    transformAt: (sigma, threshold) => transformAt(rows, maximum, sigma, threshold),
  };
}

function decayOf(rows: readonly Row[], sigma: number): Float64Array {
  const longest = rows.reduce((most, { ways }) => Math.max(most, ways.length), 0);
  return Float64Array.from({ length: longest }, (_, deficit) => Math.exp(-sigma * deficit));
}

function exponentAt(
  rows: readonly Row[],
  { mean, maximum }: Pick<LatticeLaw, 'mean' | 'maximum'>,
  sigma: number,
  threshold: number,
): TiltedExponent {
  const decay = decayOf(rows, sigma);
  const nearMaximum = maximum - threshold < threshold - mean;
  let value = 0;
  let slope = 0;
  let curvature = 0;
  for (const { ways, total, meanDeficit } of rows) {
    let mass = 0;
    let first = 0;
    let second = 0;
    for (let deficit = 0; deficit < ways.length; deficit++) {
      const weight = ways[deficit]! * decay[deficit]!;
      mass += weight;
      first += weight * deficit;
      second += weight * deficit * deficit;
    }
    const tilted = first / mass;
    const centre = nearMaximum ? 0 : meanDeficit;
    value += Math.log(mass / total) + sigma * centre;
    slope += centre - tilted;
    curvature += Math.max(0, second / mass - tilted * tilted);
  }
  const gap = nearMaximum ? maximum - threshold : mean - threshold;
  return { value: value + sigma * gap, slope: slope + gap, curvature };
}

/** A row under the tilted law: only deficits that come. */
interface TiltedRow {
  /** Uint32Array `[n]`, ascending. */
  readonly deficits: Uint32Array;
  /** Float64Array `[n]`, their probabilities. */
  readonly masses: Float64Array;
  /** E|deficit − its mean|. */
  readonly spread: number;
}

function tiltRow({ ways }: Row, decay: Float64Array): TiltedRow {
  const deficits = Uint32Array.from(ways.keys()).filter((deficit) => ways[deficit]! > 0);
  const masses = Float64Array.from(deficits, (deficit) => ways[deficit]! * decay[deficit]!);
  let total = 0;
  for (const mass of masses) total += mass;
  let centre = 0;
  for (let i = 0; i < masses.length; i++) {
    masses[i]! /= total;
    centre += masses[i]! * deficits[i]!;
  }
  let spread = 0;
  for (let i = 0; i < masses.length; i++) spread += masses[i]! * Math.abs(deficits[i]! - centre);
  return { deficits, masses, spread };
}

function transformAt(
  rows: readonly Row[],
  maximum: number,
  sigma: number,
  threshold: number,
): TiltedTransform {
  const decay = decayOf(rows, sigma);
  const tilted = rows.map((row) => tiltRow(row, decay));
  const meanSpread = tilted.reduce((sum, { spread }) => sum + spread, 0) / tilted.length;
  const grid = gridCosines();
  const cosines = new Float64Array(decay.length);
  const sines = new Float64Array(decay.length);

  const rotate = (node: number, nodes: number, out: Float64Array): void => {
    writeCircle(node, nodes, cosines, sines);
    let lnModulus = 0;
    let argument = 0;
    for (const { deficits, masses } of tilted) {
      let a = 0;
      let b = 0;
      for (let i = 0; i < masses.length; i++) {
        const deficit = deficits[i]!;
        a += masses[i]! * cosines[deficit]!;
        b += masses[i]! * sines[deficit]!;
      }
      lnModulus += Math.log(a * a + b * b) / 2;
      argument -= Math.atan2(b, a);
    }
    out[0] = lnModulus;
    out[1] = argument + (2 * Math.PI * ((node * ((maximum - threshold) % nodes)) % nodes)) / nodes;
  };

  const isNegligible = (from: number, to: number, level: number): boolean => {
    const middle = Math.round((from + to) / (2 * GRID_STEP));
    const reach = Math.max(middle * GRID_STEP - from, to - middle * GRID_STEP);
    if (reach * meanSpread > FAR) return false;
    const enough = Math.exp(-level);
    let bound = 1;
    for (const { deficits, masses, spread } of tilted) {
      let a = 0;
      let b = 0;
      for (let i = 0; i < masses.length; i++) {
        const point = Math.imul(middle, deficits[i]!);
        a += masses[i]! * grid[point & (GRID - 1)]!;
        // sin x = cos(x - π/2).
        b += masses[i]! * grid[(point - GRID / 4) & (GRID - 1)]!;
      }
      const modulus = Math.sqrt(a * a + b * b) + reach * spread + ROUNDING;
      if (modulus < 1) bound *= modulus;
      if (bound <= enough) return true;
    }
    return false;
  };

  return { rotate, isNegligible };
}

// So many points of a circle are reached by multiplication from one that was computed: 2^-48 is lost.
const MULTIPLIED = 16;

// cos and sin of 2π · node · i / nodes.
function writeCircle(node: number, nodes: number, cosines: Float64Array, sines: Float64Array): void {
  const step = (2 * Math.PI * node) / nodes;
  const stepCosine = Math.cos(step);
  const stepSine = Math.sin(step);
  let x = 1;
  let y = 0;
  for (let i = 0; i < cosines.length; i++) {
    if (i % MULTIPLIED === 0) {
      const angle = (2 * Math.PI * ((node * i) % nodes)) / nodes;
      x = Math.cos(angle);
      y = Math.sin(angle);
    }
    cosines[i] = x;
    sines[i] = y;
    const next = x * stepCosine - y * stepSine;
    y = x * stepSine + y * stepCosine;
    x = next;
  }
}
