/** Whether p-values of unmarked texts are what they say. */
import { expect } from 'vitest';

/** The levels looked at. */
export const LEVELS: readonly number[] = [0.1, 0.01, 0.001, 0.0001];
// 4.9 standard errors: two-sided 1e-6 for a normal deviate.
const DEVIATIONS = 4.9;

/** Fails if p ≤ α is more frequent than α, at one of {@link LEVELS}, by more than sampling explains. */
export function expectCalibrated(log10Values: readonly number[], what: string): void {
  for (const alpha of LEVELS) {
    const bound = alpha + allowance(alpha, log10Values.length);
    expect(share(log10Values, alpha), `${what}: P(p <= ${alpha})`).toBeLessThanOrEqual(bound);
  }
}

/** Returns the share of log10 p-values at or below a level. */
export function share(log10Values: readonly number[], alpha: number): number {
  const limit = Math.log10(alpha);
  return log10Values.filter((value) => value <= limit).length / log10Values.length;
}

/** Returns how far a share of `count` independent texts may be from its probability `alpha`. */
export function allowance(alpha: number, count: number): number {
  return DEVIATIONS * Math.sqrt((alpha * (1 - alpha)) / count);
}
