import { latticeTailLog10, uniformRowsLaw } from '@countermark/detector/stats';
import { seededRandom } from '@countermark/watermark';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countedTail, countWays } from './exact.ts';
import { agrees } from './vectors.ts';

/** Number of ways of each sum, exactly. */
const waysOf = (rows: readonly (readonly number[])[]) =>
  countWays(rows.map((scores) => ({ scores, count: 1 })));

const lawOf = (rows: readonly (readonly number[])[]) =>
  uniformRowsLaw(Uint16Array.from(rows.flat()), rows[0]!.length);

describe('uniformRowsLaw', () => {
  const columns = fc.integer({ min: 2, max: 16 });
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const tables = columns.chain((width) =>
    fc.array(fc.array(fc.integer({ min: 0, max: 90 }), { minLength: width, maxLength: width }), {
      minLength: 1,
      maxLength: 12,
    }),
  );

  it('gives the exact tail of small tables at every threshold', () => {
    fc.assert(
      fc.property(tables, place, (rows, f) => {
        const law = lawOf(rows);
        const ways = waysOf(rows);
        expect([law.minimum, law.maximum]).toEqual([Math.min(...ways.keys()), Math.max(...ways.keys())]);
        const threshold = law.minimum + Math.round(f * (law.maximum - law.minimum));
        const expected = countedTail(ways, threshold);
        const actual = latticeTailLog10({ law, threshold });
        // 1e-10 of the logarithm: the accuracy that docs/statistics.md states.
        expect(agrees(actual, expected, 1e-10), `${actual} for ${expected}`).toBe(true);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  // Exponential scores with a sum's deviation of about 300, as a tracer makes them, and every account-like threshold.
  it.each([2, 5, 40, 120])('gives the exact tail of %i rows of sixteen scores', (size) => {
    const random = seededRandom(size);
    const unit = 300 / Math.sqrt(size);
    const rows = Array.from({ length: size }, () =>
      Array.from({ length: 16 }, () => Math.floor(-Math.log(random()) * unit)),
    );
    const law = lawOf(rows);
    const ways = waysOf(rows);
    for (const share of [0.001, 0.2, 0.45, 0.5, 0.55, 0.7, 0.9, 0.99, 0.9999]) {
      const threshold = law.minimum + Math.round(share * (law.maximum - law.minimum));
      const expected = countedTail(ways, threshold);
      const actual = latticeTailLog10({ law, threshold });
      expect(agrees(actual, expected, 1e-10), `${actual} for ${expected} at ${share}`).toBe(true);
    }
  });

  it('never rises with the threshold', () => {
    const random = seededRandom('rows');
    const law = uniformRowsLaw(
      Uint16Array.from({ length: 64 * 16 }, () => Math.floor(-Math.log(random()) * 40)),
      16,
    );
    let last = 0;
    for (let threshold = law.minimum; threshold < law.maximum; threshold += 97) {
      const log10 = latticeTailLog10({ law, threshold });
      expect(log10).toBeLessThanOrEqual(last);
      last = log10;
    }
    expect(last).toBeLessThan(-60);
  });

  it('knows the ends: the certain sum, the largest one and what is beyond', () => {
    const law = lawOf([
      [3, 5, 5, 9],
      [0, 0, 0, 2],
      [4, 4, 4, 4],
    ]);
    expect(latticeTailLog10({ law, threshold: 7 })).toBe(0);
    expect(agrees(latticeTailLog10({ law, threshold: 15 }), Math.log10(1 / 16), 1e-15)).toBe(true);
    expect(latticeTailLog10({ law, threshold: 16 })).toBe(-Infinity);
  });

  it('knows tables that leave nothing to chance', () => {
    expect(latticeTailLog10({ law: uniformRowsLaw(new Uint16Array(0), 16), threshold: 0 })).toBe(0);
    const constant = uniformRowsLaw(new Uint16Array(32).fill(7), 16);
    expect(latticeTailLog10({ law: constant, threshold: 14 })).toBe(0);
    expect(latticeTailLog10({ law: constant, threshold: 15 })).toBe(-Infinity);
  });

  // A bound that is wrong leaves out points that matter; here every point is compared with it.
  it('calls a stretch negligible only where the transform is small throughout', () => {
    const random = seededRandom('negligible');
    const law = uniformRowsLaw(
      Uint16Array.from({ length: 80 * 16 }, () => Math.floor(-Math.log(random()) * 30)),
      16,
    );
    const threshold = Math.round(law.mean + 900);
    const transform = law.transformAt(0.01, threshold);
    const nodes = 8191;
    const step = (2 * Math.PI) / nodes;
    const polar = new Float64Array(2);
    let negligible = 0;
    for (let first = 1; first + 3 <= (nodes - 1) / 2; first += 4) {
      for (const level of [5, 20, 40]) {
        if (!transform.isNegligible(first * step, (first + 3) * step, level)) continue;
        negligible++;
        for (let node = first; node <= first + 3; node++) {
          transform.rotate(node, nodes, polar);
          expect(polar[0]).toBeLessThanOrEqual(-level);
        }
      }
    }
    // Nearly all of them are, or the bound would be of no use.
    expect(negligible).toBeGreaterThan(0.9 * 3 * (nodes / 8));
  });

  it('refuses a table with a row cut short', () => {
    expect(() => uniformRowsLaw(new Uint16Array(17), 16)).toThrow(
      new RangeError('"table" expected whole rows of 16, got length 17'),
    );
    expect(() => uniformRowsLaw(new Uint16Array(4), 0)).toThrow(RangeError);
  });
});
