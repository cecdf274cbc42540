/**
 * The law of a sum of independent uniform draws, one from each row of a table: what a code that nobody chose scores.
 *
 * Written as deficits from each row's largest value. With v the deficits of row j, D the deficit of the sum and e the number of
 * columns, E[exp(-zD)] = Πⱼ (1/e) Σ exp(-z v). Close to the mean each row's exponent is centred, so that small numbers are
 * added; close to the maximum it is not. All linear terms are exact integers over e.
 *
 * |φⱼ(θ)| moves by at most E|v - f| |θ - θ′| between two points, v under the tilted law of row j and f any constant: that
 * makes a value at one point a bound for all points near it.
 */
import type { LatticeLaw, TiltedExponent, TiltedTransform } from './lattice-law.ts';
import { FAR, GRID, GRID_STEP, gridCosines, ROUNDING } from './transform-grid.ts';

/** A table by its deficits. */
interface Rows {
  readonly columns: number;
  /** Uint16Array `[v]`, the different deficits. */
  readonly deficits: Uint16Array;
  /** Uint16Array `[rows * columns]`, indices into `deficits`. */
  readonly index: Uint16Array;
  /** Float64Array `[rows]`, the mean deficit of each row. */
  readonly means: Float64Array;
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
}

/**
 * Describes S = Σⱼ Xⱼ with Xⱼ uniform on the entries of row j, independently.
 *
 * @param table    Uint16Array `[rows * columns]`, row-major. Not retained.
 * @param columns  entries in a row, integer ≥ 1; equal entries count as often as they occur.
 * @returns the law of S.
 * @throws {RangeError} if `table` does not consist of whole rows.
 */
export function uniformRowsLaw(table: Uint16Array, columns: number): LatticeLaw {
  if (!(Number.isInteger(columns) && columns >= 1 && table.length % columns === 0)) {
    throw new RangeError(`"table" expected whole rows of ${columns}, got length ${table.length}`);
  }
  return lawOf(rowsOf(table, columns));
}

function lawOf(rows: Rows): LatticeLaw {
  const { columns, index, deficits, minimum, maximum, mean } = rows;
  return {
    minimum,
    maximum,
    mean,
    lnMaximumMass: lnMaximumMass(rows),
    mirrored: () => {
      const table = new Uint16Array(index.length);
      for (let at = 0; at < index.length; at++) table[at] = deficits[index[at]!]!;
      const mirror = rowsOf(table, columns);
      // The mirrored rows start at 0, while minimum + maximum - S keeps the range of S.
      return lawOf({ ...mirror, minimum, maximum, mean: minimum + maximum - mean });
    },
    exponentAt: (sigma, threshold) => exponentAt(rows, sigma, threshold),
    transformAt: (sigma, threshold) => transformAt(rows, gridCosines(), sigma, threshold),
  };
}

function rowsOf(table: Uint16Array, columns: number): Rows {
  const means = new Float64Array(table.length / columns);
  const index = new Uint16Array(table.length);
  let minimum = 0;
  let maximum = 0;
  let total = 0;
  let largest = 0;
  for (let row = 0; row < means.length; row++) {
    let low = Infinity;
    let top = 0;
    for (let at = row * columns; at < (row + 1) * columns; at++) {
      low = Math.min(low, table[at]!);
      top = Math.max(top, table[at]!);
    }
    let sum = 0;
    for (let at = row * columns; at < (row + 1) * columns; at++) {
      const deficit = top - table[at]!;
      sum += deficit;
      index[at] = deficit;
    }
    largest = Math.max(largest, top - low);
    means[row] = sum / columns;
    minimum += low;
    maximum += top;
    total += sum;
  }
  const places = new Uint16Array(largest + 1);
  for (const deficit of index) places[deficit] = 1;
  const deficits = Uint16Array.from(Array.from(places.keys()).filter((deficit) => places[deficit] === 1));
  for (const [place, deficit] of deficits.entries()) places[deficit] = place;
  for (let at = 0; at < index.length; at++) index[at] = places[index[at]!]!;
  return { columns, deficits, index, means, minimum, maximum, mean: maximum - total / columns };
}

function lnMaximumMass({ columns, deficits, index }: Rows): number {
  let lnMass = 0;
  for (let start = 0; start < index.length; start += columns) {
    let ways = 0;
    for (let at = start; at < start + columns; at++) if (deficits[index[at]!] === 0) ways++;
    lnMass += Math.log(ways / columns);
  }
  return lnMass;
}

function exponentAt(rows: Rows, sigma: number, threshold: number): TiltedExponent {
  const { columns, deficits, index, means, maximum, mean } = rows;
  const mass = Float64Array.from(deficits, (deficit) => Math.exp(-sigma * deficit));
  const nearMaximum = maximum - threshold < threshold - mean;
  let value = 0;
  let slope = 0;
  let curvature = 0;
  for (let row = 0, at = 0; row < means.length; row++) {
    let total = 0;
    let first = 0;
    let second = 0;
    for (const end = at + columns; at < end; at++) {
      const place = index[at]!;
      const deficit = deficits[place]!;
      const weight = mass[place]!;
      total += weight;
      first += weight * deficit;
      second += weight * deficit * deficit;
    }
    const tilted = first / total;
    const centre = nearMaximum ? 0 : means[row]!;
    value += Math.log(total / columns) + sigma * centre;
    slope += centre - tilted;
    curvature += Math.max(0, second / total - tilted * tilted);
  }
  const gap = nearMaximum ? maximum - threshold : mean - threshold;
  return { value: value + sigma * gap, slope: slope + gap, curvature };
}

function transformAt(rows: Rows, cosines: Float64Array, sigma: number, threshold: number): TiltedTransform {
  const { columns, deficits, index, means, maximum } = rows;
  const size = means.length;
  const mass = Float64Array.from(deficits, (deficit) => Math.exp(-sigma * deficit));
  const scale = new Float64Array(size);
  const spread = new Float64Array(size);
  let meanSpread = 0;
  for (let row = 0; row < size; row++) {
    let total = 0;
    let first = 0;
    for (let at = row * columns; at < (row + 1) * columns; at++) {
      total += mass[index[at]!]!;
      first += mass[index[at]!]! * deficits[index[at]!]!;
    }
    const centre = first / total;
    let apart = 0;
    for (let at = row * columns; at < (row + 1) * columns; at++) {
      apart += mass[index[at]!]! * Math.abs(deficits[index[at]!]! - centre);
    }
    scale[row] = 1 / total;
    spread[row] = apart / total;
    meanSpread += apart / total / size;
  }
  const re = new Float64Array(deficits.length);
  const im = new Float64Array(deficits.length);

  const rotate = (node: number, nodes: number, out: Float64Array): void => {
    for (let place = 0; place < re.length; place++) {
      const angle = (2 * Math.PI * ((node * deficits[place]!) % nodes)) / nodes;
      re[place] = mass[place]! * Math.cos(angle);
      im[place] = -mass[place]! * Math.sin(angle);
    }
    let lnModulus = 0;
    let x = 1;
    let y = 0;
    for (let row = 0, at = 0; row < size; row++) {
      let a = 0;
      let b = 0;
      for (const end = at + columns; at < end; at++) {
        const place = index[at]!;
        a += re[place]!;
        b += im[place]!;
      }
      const factor = scale[row]!;
      const next = factor * (x * a - y * b);
      y = factor * (x * b + y * a);
      x = next;
      const square = x * x + y * y;
      if (square < 1e-100) {
        const modulus = Math.sqrt(square);
        if (modulus === 0) break;
        lnModulus += Math.log(modulus);
        x /= modulus;
        y /= modulus;
      }
    }
    out[0] = lnModulus + Math.log(Math.hypot(x, y));
    out[1] = Math.atan2(y, x) + (2 * Math.PI * ((node * ((maximum - threshold) % nodes)) % nodes)) / nodes;
  };

  const isNegligible = (from: number, to: number, level: number): boolean => {
    const middle = Math.round((from + to) / (2 * GRID_STEP));
    const reach = Math.max(middle * GRID_STEP - from, to - middle * GRID_STEP);
    if (reach * meanSpread > FAR) return false;
    const enough = Math.exp(-level);
    let bound = 1;
    for (let row = 0, at = 0; row < size; row++) {
      let a = 0;
      let b = 0;
      for (const end = at + columns; at < end; at++) {
        const place = index[at]!;
        const point = Math.imul(middle, deficits[place]!);
        a += mass[place]! * cosines[point & (GRID - 1)]!;
        // sin x = cos(x - π/2).
        b += mass[place]! * cosines[(point - GRID / 4) & (GRID - 1)]!;
      }
      const modulus = scale[row]! * Math.sqrt(a * a + b * b) + reach * spread[row]! + ROUNDING;
      if (modulus < 1) bound *= modulus;
      if (bound <= enough) return true;
    }
    return false;
  };

  return { rotate, isNegligible };
}
