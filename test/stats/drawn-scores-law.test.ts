import { drawnScoresLaw, latticeTailLog10 } from '@countermark/detector/stats';
import { seededRandom } from '@countermark/watermark';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countedTail, countWays } from './exact.ts';
import { agrees } from './vectors.ts';

/** A kind of score with masses in units of 2^-10. */
interface Kind {
  readonly scores: readonly number[];
  readonly parts: readonly number[];
  readonly count: number;
}

const UNIT = 1024;

/** How many of the UNIT^n outcomes have each sum, exactly. */
const waysOf = (kinds: readonly Kind[]) =>
  countWays(kinds.map(({ scores, parts, count }) => ({ scores, ways: parts, count })));

const lawOf = (kinds: readonly Kind[]) =>
  drawnScoresLaw(
    kinds.map(({ scores, parts, count }) => ({
      scores: Int32Array.from(scores),
      masses: Float64Array.from(parts, (part) => part / UNIT),
      count,
    })),
  );

describe('drawnScoresLaw', () => {
  const kind = fc
    .record({
      scores: fc.array(fc.integer({ min: -60, max: 90 }), { minLength: 2, maxLength: 12 }),
      cuts: fc.array(fc.integer({ min: 0, max: UNIT }), { minLength: 11, maxLength: 11 }),
      count: fc.integer({ min: 0, max: 9 }),
    })
    .map(({ scores, cuts, count }): Kind => {
      const ends = [...cuts.slice(0, scores.length - 1).toSorted((a, b) => a - b), UNIT];
      return { scores, parts: ends.map((end, i) => end - (ends[i - 1] ?? 0)), count };
    });
  const kinds = fc
    .array(kind, { minLength: 1, maxLength: 5 })
    .filter((each) => each.some(({ count }) => count > 0));

  it('gives the exact tail of small sums at every threshold', () => {
    fc.assert(
      fc.property(kinds, fc.double({ min: 0, max: 1, noNaN: true }), (each, place) => {
        const law = lawOf(each);
        const ways = waysOf(each);
        expect([law.minimum, law.maximum]).toEqual([Math.min(...ways.keys()), Math.max(...ways.keys())]);
        const threshold = law.minimum + Math.round(place * (law.maximum - law.minimum));
        const actual = latticeTailLog10({ law, threshold });
        const expected = countedTail(ways, threshold);
        // 1e-10 of the logarithm: the accuracy that docs/statistics.md states.
        expect(agrees(actual, expected, 1e-10), `${actual} for ${expected}`).toBe(true);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('gives the exact tail of many draws of skewed kinds', () => {
    const random = seededRandom('kinds');
    const each = [3, 40, 90].map((count): Kind => {
      const scores = Array.from({ length: 30 }, () => Math.floor(-Math.log(random()) * 25) - 20);
      const parts = scores.map(() => 1 + Math.floor(20 * random() ** 3));
      return { scores, parts: parts.with(0, UNIT - parts.slice(1).reduce((a, b) => a + b, 0)), count };
    });
    const law = lawOf(each);
    const ways = waysOf(each);
    for (const share of [0.001, 0.1, 0.2, 0.3, 0.5, 0.8, 0.99]) {
      const threshold = law.minimum + Math.round(share * (law.maximum - law.minimum));
      const actual = latticeTailLog10({ law, threshold });
      const expected = countedTail(ways, threshold);
      expect(agrees(actual, expected, 1e-10), `${actual} for ${expected} at ${share}`).toBe(true);
    }
  });

  it('has a tail of 1 up to the minimum, and of 0 above the maximum', () => {
    const law = lawOf([{ scores: [-5, 7], parts: [1000, 24], count: 3 }]);
    expect(latticeTailLog10({ law, threshold: -15 })).toBe(0);
    expect(latticeTailLog10({ law, threshold: 22 })).toBe(-Infinity);
    expect(latticeTailLog10({ law, threshold: 21 })).toBeCloseTo(3 * Math.log10(24 / 1024), 12);
  });

  it('is 0 for no draws', () => {
    const law = lawOf([{ scores: [1, 2], parts: [512, 512], count: 0 }]);
    expect([law.minimum, law.maximum]).toEqual([0, 0]);
    expect(latticeTailLog10({ law, threshold: 0 })).toBe(0);
  });

  it('gives no tail below the exact one where the law has gaps and rare steps: a larger one, or a refusal', () => {
    const law = (...draws: [Record<number, number>, number][]) =>
      drawnScoresLaw(
        draws.map(([masses, count]) => {
          const rare = Object.entries(masses).map(
            ([score, part]) => [Number(score), part / 2 ** 32] as const,
          );
          const [, ...others] = rare;
          const rest = 1 - others.reduce((sum, [, mass]) => sum + mass, 0);
          return {
            scores: Int32Array.from(rare, ([score]) => score),
            masses: Float64Array.from(rare, ([, mass], i) => (i === 0 ? rest : mass)),
            count,
          };
        }),
      );
    // Integer keys come in ascending order, negative ones as written: the first holds what the rare ones leave.
    const laws: [ReturnType<typeof law>, number, number][] = [
      [law([{ 45: 0, 55: 32 }, 3]), 145, Math.log10(1 - (1 - 2 ** -27) ** 3)],
      // Two or three of the three rare steps, and the fourth draw 0 where they are two.
      [
        law([{ 45: 0, 55: 32 }, 3], [{ 0: 0, '-1': 2 ** 25 }, 1]),
        155,
        Math.log10(3 * 2 ** -54 * (1 - 2 ** -27) * (1 - 2 ** -7) + 2 ** -81),
      ],
      [law([{ 0: 0, 10: 1 }, 1]), 9, Math.log10(2 ** -32)],
      [law([{ 0: 0, 40: 1 }, 1]), 39, Math.log10(2 ** -32)],
      [law([{ 1: 0, 7: 4 }, 4]), 27, Math.log10(2 ** -120)],
    ];
    for (const [each, threshold, exact] of laws) {
      // 1e-10 of the logarithm, as stated; upwards there is no such limit here.
      let found = 0;
      try {
        found = latticeTailLog10({ law: each, threshold });
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
      expect(found).toBeGreaterThanOrEqual(exact * (1 + 1e-10));
    }
  });
});
