import { detectionPower, planAnswer, planTokens } from '@countermark/detector/plan';
import { describe, expect, it } from 'vitest';

const scheme = { kind: 'gumbel' } as const;
const shape = { scheme, entropy: 1, commonShare: 0.5, contextWidth: 4 };

describe('planAnswer', () => {
  it('takes as many tuples as planTokens where the first context spends the bits', () => {
    for (const startBits of [0, 5]) {
      const { scored, power, tokens, startTokens } = planAnswer({ ...shape, startBits });
      expect({ scored, power }).toEqual(planTokens(shape));
      expect([tokens, startTokens]).toEqual([4 + 2 * scored, 4]);
    }
  });

  it('has the power with the unmarked tokens of the start among the scored, and one tuple less has not', () => {
    for (const startBits of [16, 40, 64]) {
      const { scored, startTokens } = planAnswer({ ...shape, startBits });
      expect(startTokens).toBe(Math.ceil(startBits * Math.LN2));
      const powerAt = (n: number): number =>
        detectionPower({ ...shape, share: 1 - (0.5 * (startTokens - 4)) / n }, n);
      expect(powerAt(scored)).toBeGreaterThanOrEqual(0.9);
      expect(powerAt(scored - 1)).toBeLessThan(0.9);
    }
  });

  it('plans for texts of which hardly anything is behind the start', () => {
    const { scored, startTokens } = planAnswer({ ...shape, entropy: 0.05, startBits: 64 });
    expect(startTokens).toBe(888);
    expect(scored).toBeGreaterThan(442);
  });

  it.each([
    [{ startBits: 65 }, '"startBits" expected a number from 0 to 64'],
    [{ startBits: Number.NaN }, '"startBits" expected a number from 0 to 64'],
    [{ startBits: 16, commonShare: 0 }, '"commonShare" expected 0 < commonShare <= 1'],
    [{ startBits: 16, entropy: 0 }, '"entropy"'],
  ])('refuses %o', (wrong, message) => {
    expect(() => planAnswer({ ...shape, ...wrong })).toThrow(message);
  });
});
