/** How often p-values are small. */
import { mostByChance } from '@countermark/fixtures/calibration';

/** Levels that calibration is shown at. */
const LEVELS: readonly number[] = [0.05, 1e-2, 1e-3, 1e-6];

/** A share of draws, with its standard error. */
export interface Share {
  readonly level: number;
  readonly share: number;
  /** Of the share if it is what it was found to be. */
  readonly standardError: number;
  /** Whether there were more than chance gives once in a million at a true share equal to the level. */
  readonly exceeds: boolean;
}

/** What many draws gave. */
export interface Calibration {
  readonly draws: number;
  readonly smallestLog10PValue: number;
  readonly shares: readonly Share[];
}

/** Returns the shares of p-values at or below each level. */
export function calibrationOf(log10PValues: readonly number[]): Calibration {
  const draws = log10PValues.length;
  return {
    draws,
    smallestLog10PValue: log10PValues.reduce((least, each) => Math.min(least, each), 0),
    shares: LEVELS.map((level) => {
      // A p-value that is the level itself, but for rounding, is at it.
      const most = Math.log10(level) + 1e-9;
      const count = log10PValues.filter((each) => each <= most).length;
      const share = count / draws;
      return {
        level,
        share,
        standardError: Math.sqrt((share * (1 - share)) / draws),
        exceeds: count > mostByChance(draws, level),
      };
    }),
  };
}
