import { benjaminiHochberg, holm } from '@countermark/detector/stats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { agrees, expectLog10PValue, Log10, readVectors } from './vectors.ts';

const vectors = readVectors('stats-corrections', {
  log10PValues: z.array(Log10),
  holm: z.array(Log10),
  benjaminiHochberg: z.array(Log10),
});

describe.each([
  ['holm', holm, 'holm'],
  ['benjaminiHochberg', benjaminiHochberg, 'benjaminiHochberg'],
] as const)('%s', (_, correct, column) => {
  it.each(vectors.tests)('agrees with the definition in rational numbers: $comment', (test) => {
    const actual = correct(test.log10PValues);
    expect(actual.length).toBe(test[column].length);
    for (const [i, value] of actual.entries()) {
      expect(agrees(value, test[column][i]!, vectors.relTol), `test ${i}: ${value}`).toBe(true);
    }
  });

  const family = fc.array(
    fc.oneof(fc.double({ min: -400, max: 0, noNaN: true }), fc.constantFrom(0, -0, -Infinity, -1)),
    { maxLength: 40 },
  );

  it('never lowers a p-value, never passes 1, and keeps the order', () => {
    fc.assert(
      fc.property(family, (p) => {
        const adjusted = correct(p);
        for (const [i, value] of adjusted.entries()) {
          expectLog10PValue(value);
          expect(value).toBeGreaterThanOrEqual(p[i]!);
          for (const [j, other] of adjusted.entries())
            if (p[i]! < p[j]!) expect(value).toBeLessThanOrEqual(other);
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('leaves its argument and a single test as they were', () => {
    const p = [-3, -1, -2] as const;
    correct(p);
    expect(p).toEqual([-3, -1, -2]);
    expect(correct([-3])).toEqual([-3]);
    expect(correct([])).toEqual([]);
  });

  it('refuses a value above 0 or NaN', () => {
    expect(() => correct([-1, 0.5])).toThrow(
      new RangeError('"log10PValues" expected values <= 0, got 0.5 at 1'),
    );
    expect(() => correct([Number.NaN])).toThrow(RangeError);
  });
});

describe('holm and benjaminiHochberg', () => {
  it('differ: Holm is never the smaller', () => {
    const p = [-4, -3.4, -2.7, -2, -1.7, -1.6];
    const q = benjaminiHochberg(p);
    expect(holm(p).every((value, i) => value >= q[i]!)).toBe(true);
    expect(holm(p)).not.toEqual(q);
  });
});
