import { type LatticeLaw, latticeTailLog10 } from '@countermark/detector/stats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { log10Share } from './exact.ts';
import { agrees } from './vectors.ts';

/** The law of one uniform draw from each row, without any knowledge of where its transform is small. */
function uniformRows(rows: readonly (readonly number[])[]): LatticeLaw {
  const size = (row: readonly number[]): number => row.length;
  const mean = rows.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0) / size(row), 0);
  const low = rows.map((row) => Math.min(...row));
  const high = rows.map((row) => Math.max(...row));
  const minimum = low.reduce((a, b) => a + b, 0);
  const maximum = high.reduce((a, b) => a + b, 0);
  const tilted = (row: readonly number[], top: number, sigma: number): number[] =>
    row.map((x) => Math.exp(sigma * (x - top)));
  return {
    minimum,
    maximum,
    mean,
    lnMaximumMass: rows.reduce(
      (s, row, i) => s + Math.log(row.filter((x) => x === high[i]).length / size(row)),
      0,
    ),
    mirrored: () => uniformRows(rows.map((row, i) => row.map((x) => low[i]! + high[i]! - x))),
    exponentAt(sigma, threshold) {
      let value = sigma * (maximum - threshold);
      let slope = maximum - threshold;
      let curvature = 0;
      for (const [i, row] of rows.entries()) {
        const mass = tilted(row, high[i]!, sigma);
        const total = mass.reduce((a, b) => a + b, 0);
        const first = mass.reduce((a, m, j) => a + m * (row[j]! - high[i]!), 0) / total;
        value += Math.log(total / size(row));
        slope += first;
        curvature += mass.reduce((a, m, j) => a + m * (row[j]! - high[i]! - first) ** 2, 0) / total;
      }
      return { value, slope, curvature };
    },
    transformAt(sigma, threshold) {
      const masses = rows.map((row, i) => tilted(row, high[i]!, sigma));
      return {
        rotate(node, nodes, out) {
          const theta = (2 * Math.PI * node) / nodes;
          out[0] = 0;
          out[1] = theta * (maximum - threshold);
          for (const [i, row] of rows.entries()) {
            let re = 0;
            let im = 0;
            let total = 0;
            for (const [j, m] of masses[i]!.entries()) {
              re += m * Math.cos(theta * (row[j]! - high[i]!));
              im += m * Math.sin(theta * (row[j]! - high[i]!));
              total += m;
            }
            out[0] += Math.log(Math.hypot(re, im) / total);
            out[1] += Math.atan2(im, re);
          }
        },
        isNegligible: () => false,
      };
    },
  };
}

/** log10 P(S ≥ threshold) from exact counts. */
function countedTail(rows: readonly (readonly number[])[], threshold: number): number {
  let counts = new Map<number, bigint>([[0, 1n]]);
  for (const row of rows) {
    const next = new Map<number, bigint>();
    for (const [sum, count] of counts) {
      for (const x of row) next.set(sum + x, (next.get(sum + x) ?? 0n) + count);
    }
    counts = next;
  }
  let above = 0n;
  let whole = 0n;
  for (const [sum, count] of counts) {
    whole += count;
    if (sum >= threshold) above += count;
  }
  return log10Share(above, whole);
}

describe('latticeTailLog10', () => {
  const row = fc.array(fc.integer({ min: -20, max: 60 }), { minLength: 2, maxLength: 16 });
  const rows = fc
    .array(row, { minLength: 1, maxLength: 8 })
    .filter((r) => r.some((x) => new Set(x).size > 1));
  const place = fc.double({ min: 0, max: 1, noNaN: true });

  it('agrees with exact counts for sums of different rows', () => {
    fc.assert(
      fc.property(rows, place, (r, f) => {
        const law = uniformRows(r);
        const threshold = law.minimum + Math.round(f * (law.maximum - law.minimum));
        const expected = countedTail(r, threshold);
        const actual = latticeTailLog10({ law, threshold });
        expect(agrees(actual, expected, 1e-10), `${actual} for ${expected}`).toBe(true);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it.each([
    [
      'below the mean and yet unlikely',
      [
        [...new Array<number>(15).fill(0), 100],
        [0, 1],
      ],
      2,
    ],
    [
      'above the mean and yet likely',
      [
        [...new Array<number>(15).fill(100), 0],
        [0, 1],
      ],
      95,
    ],
    [
      'between two values far apart',
      [
        [0, 500],
        [0, 500],
        [0, 500, 501],
      ],
      700,
    ],
  ])('agrees with exact counts for a threshold %s', (_, r, threshold) => {
    const actual = latticeTailLog10({ law: uniformRows(r), threshold });
    expect(agrees(actual, countedTail(r, threshold), 1e-10)).toBe(true);
  });

  it('is exact at and beyond the ends of the support', () => {
    const law = uniformRows([
      [3, 5, 5, 9],
      [0, 0, 0, 2],
    ]);
    expect(latticeTailLog10({ law, threshold: 3 })).toBe(0);
    expect(latticeTailLog10({ law, threshold: 12 })).toBe(-Infinity);
    expect(agrees(latticeTailLog10({ law, threshold: 11 }), Math.log10(1 / 16), 1e-15)).toBe(true);
  });

  it('refuses a law whose transform does not belong to its exponent', () => {
    const honest = uniformRows([
      [0, 1, 4],
      [0, 2, 5],
      [0, 1, 7],
    ]);
    const rotate = (_node: number, _nodes: number, out: Float64Array): void => {
      out.fill(Number.NaN);
    };
    const law: LatticeLaw = { ...honest, transformAt: () => ({ rotate, isNegligible: () => false }) };
    expect(() => latticeTailLog10({ law, threshold: 12 })).toThrow(
      new RangeError('"law" expected a transform that belongs to its exponent, got an integral of 0'),
    );
  });

  it('refuses a threshold that is not a safe integer', () => {
    const law = uniformRows([[0, 1]]);
    expect(() => latticeTailLog10({ law, threshold: 0.5 })).toThrow(
      new RangeError('"threshold" expected a safe integer, got 0.5'),
    );
  });
});
